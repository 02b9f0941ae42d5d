//! `annals forward`: sends to the server what waits for it here, and says whether all of it is there.

use std::time::Duration;

use annals::{Audit, Mode};

use crate::arguments::{Common, Forward};
use crate::drainer;
use crate::failure::{Exit, Failure};
use crate::settings;

/// So long may the server be away.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends what waits.
pub(super) fn run(common: &Common, request: &Forward) -> Result<Exit, Failure> {
    let settings = settings::load_anywhere(common)?;
    if settings.server_address().is_none() {
        return Err(Failure::usage(
            "no server keeps this trail (hint: set `ANNALS_SERVER`, or `annals setup --server URL`)",
        ));
    }
    if request.detached {
        drainer::work(&settings)?;
        return Ok(Exit::Done);
    }
    let audit = Audit::with_settings(&settings.mode(Mode::Asynchronous))?;
    audit
        .drain(PATIENCE)
        .map_err(|error| Failure::new(Exit::Partly, format!("events wait here still, and none is lost: {error}")))?;
    Ok(Exit::Done)
}
