//! `annals prove`: an event with the proof that the log holds it.

use annals::{Audit, ErrorKind, Mode};

use crate::arguments::{Common, Prove};
use crate::failure::{self, Exit, Failure};
use crate::output::Output;
use crate::reading::Reading;
use crate::settings;

/// Writes the proof to standard output.
pub(super) fn run(common: &Common, prove: &Prove) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    let reading = Reading::begin_with(&settings)?;
    if reading.audit.get(prove.id)?.is_none() {
        failure::note(&format!("`{}` is no event of this log", prove.id));
        return Ok(Exit::Partly);
    }
    // A checkpoint may have to be signed first, and the one that is named is kept; what can only be read is proved as far as it is covered.
    let writing = Audit::with_settings(&settings.mode(Mode::Synchronous))?;
    let proof = match writing.prove(prove.id, &prove.disclose) {
        Err(error) if matches!(error.kind(), ErrorKind::ReadOnly | ErrorKind::Permission) => {
            reading.audit.prove(prove.id, &prove.disclose)?
        }
        proof => proof?,
    };
    if let Some(remark) = &proof.remark {
        failure::note(remark);
    }
    let mut output = Output::new(common);
    output.text(&proof.text)?;
    output.flush()?;
    writing.close()?;
    Ok(Exit::Done)
}
