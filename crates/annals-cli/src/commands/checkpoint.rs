//! `annals checkpoint`: the newest signed checkpoint, after one was signed for what none covers yet.
//!
//! It is printed as the note that other tools read, also into a pipe, since that is what a person keeps elsewhere and hands to `verify --from-checkpoint`.

use annals::{Audit, ErrorKind, Mode, Settings, SignedCheckpoint};

use crate::arguments::{Checkpoint, Common};
use crate::failure::{Exit, Failure};
use crate::output::{Field, Fields, Output};
use crate::reading::Reading;
use crate::settings;

/// Signs if there is something to sign, and prints.
pub(super) fn run(common: &Common, checkpoint: &Checkpoint) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    let audit = open_existing(&settings, checkpoint.on_rollback.applied_to(settings.clone()))?;
    let newest = audit.checkpoint()?;
    audit.close()?;
    print(common, &newest)?;
    Ok(Exit::Done)
}

/// A service that writes to a log which is there; a command that only asks about one makes none.
pub(super) fn open_existing(settings: &Settings, to_write: Settings) -> Result<Audit, Failure> {
    match Reading::of(settings)?.audit.head() {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(error.into()),
        // Whatever else is wrong is told by whoever opens it to write.
        _ => Ok(Audit::with_settings(&to_write.mode(Mode::Synchronous))?),
    }
}

/// The note as it is, or its parts as named values where a format was asked for.
pub(super) fn print(common: &Common, checkpoint: &SignedCheckpoint) -> Result<(), Failure> {
    let mut output = Output::new(common);
    if common.json || common.format.is_some() {
        let fields = [
            ("origin", Field::Text(checkpoint.origin.clone())),
            ("size", Field::Number(checkpoint.size)),
            ("root", Field::Text(checkpoint.root.clone())),
            ("signed_at", Field::Text(checkpoint.signed_at.to_string())),
            ("note", Field::Text(checkpoint.note.clone())),
        ];
        Fields::default().write(&mut output, &fields)?;
    } else {
        for line in checkpoint.note.lines() {
            output.line(line)?;
        }
    }
    Ok(output.flush()?)
}
