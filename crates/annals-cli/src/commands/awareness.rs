//! `annals awareness`: a space's whole knowledge out of the log, and into one.
//!
//! What an entry is and what an import does about one that is there already is not known here; see `annals_awareness::transfer`.

mod export;
mod import;
mod installation;

use annals::Caller;
use annals_awareness::transfer::Run;

use crate::arguments::{Awareness, AwarenessAction, Common, Source};
use crate::failure::{Exit, Failure};
use crate::settings;

/// The space of whoever names none.
const SPACE: &str = "default";

/// Exports or imports.
pub(super) fn run(common: &Common, request: &Awareness) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    let to_write = request.on_rollback.applied_to(settings.clone());
    let space = request.space.as_deref().unwrap_or(SPACE);
    let caller = Caller::new(space, annals::system_user())
        .or_else(|error| Caller::new(space, "unknown").map_err(|_| error))
        .map_err(|error| Failure::from(error).within("`--space`"))?;
    if request.owner.is_some() && request.action != AwarenessAction::Import {
        return Err(Failure::usage(
            "`--owner` is for `import` (hint: it names whose entries come from an installation)",
        ));
    }
    let run = if request.dry_run { Run::Rehearse } else { Run::CarryOut };
    match (request.action, &request.file) {
        (AwarenessAction::Export, Some(_)) => {
            Err(Failure::usage("`FILE` is for `import` (hint: `annals awareness export --output FILE`)"))
        }
        (AwarenessAction::Export, None) if request.dry_run => {
            Err(Failure::usage("`--dry-run` is for `import` (hint: an export changes nothing)"))
        }
        (AwarenessAction::Export, None) => export::run(&settings, to_write, &caller, request.output.as_deref()),
        (AwarenessAction::Import, _) if request.output.is_some() => {
            Err(Failure::usage("`--output` is for `export` (hint: `annals awareness import FILE`)"))
        }
        (AwarenessAction::Import, Some(Source::File(path))) if installation::is_address(path) => {
            installation::run(common, &to_write, request, path, run)
        }
        (AwarenessAction::Import, Some(_)) if request.owner.is_some() => {
            Err(Failure::usage("`--owner` is for an installation in PostgreSQL (hint: a file is of one owner)"))
        }
        (AwarenessAction::Import, Some(source)) => import::run(common, &to_write, &caller, source, run),
        (AwarenessAction::Import, None) => Err(Failure::usage("`FILE` is missing (hint: `-` is standard input)")),
    }
}
