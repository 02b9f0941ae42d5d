//! Asking `verify`, which knows nothing of what was done.

use std::path::Path;

use annals::verify::{Options, Report, verify};
use annals_tlog::VerifierKey;

use crate::folder;

/// What `verify` says of a data directory, the published checkpoints beside the database.
pub(crate) fn report(data: &Path, key: Option<&VerifierKey>) -> anyhow::Result<Report> {
    let options = match key {
        Some(key) => Options::default().key(key.to_string()),
        None => Options::default(),
    };
    Ok(verify(&data.join(folder::DATABASE), &options, &mut |_| ())?)
}
