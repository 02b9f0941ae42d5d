//! `annals backup`: a copy of the log, taken while it is in use, sealed and verified.

use annals::{Audit, Mode};

use crate::arguments::{Backup, Common};
use crate::failure::{Exit, Failure};
use crate::output::{Field, Fields, Format, Output};
use crate::progress::Bar;
use crate::reading::Reading;
use crate::settings;

/// Takes it.
pub(super) fn run(common: &Common, request: &Backup) -> Result<Exit, Failure> {
    // Where nothing was ever recorded there is nothing to copy, and nothing is made.
    let settings = settings::load(common)?;
    Reading::begin_with(&settings)?.audit.head()?;
    let audit = Audit::with_settings(&settings.mode(Mode::Synchronous))?;
    let bar = Bar::new("verifying");
    let taken = audit.backup(&request.file, &mut |progress| bar.set(progress.n_done, progress.n_total))?;
    drop(bar);
    audit.close()?;
    let mut output = Output::new(common);
    let file = request.file.display().to_string();
    if output.format() == Format::Table {
        let sealed = taken.sealed_size;
        output.line(&format!("{file}: {} events, {sealed} of them sealed; the copy is sound", taken.n_events))?;
    } else {
        let fields = [
            ("file", Field::Text(file)),
            ("n_events", Field::Number(taken.n_events)),
            ("sealed_size", Field::Number(taken.sealed_size)),
        ];
        Fields::default().write(&mut output, &fields)?;
    }
    output.flush()?;
    Ok(Exit::Done)
}
