//! `annals restore`: a backup takes the log's place, under a new origin.

use annals::backup::{Existing, restore};

use crate::arguments::{Common, Restore};
use crate::failure::{self, Exit, Failure};
use crate::output::{Field, Fields, Format, Output};
use crate::progress::Bar;
use crate::settings;

/// Puts it there and says what became of what was there.
pub(super) fn run(common: &Common, request: &Restore) -> Result<Exit, Failure> {
    let settings = settings::load(common)?;
    settings::make_way(&settings)?;
    let existing = if request.replace { Existing::PutAside } else { Existing::Keep };
    let bar = Bar::new("verifying");
    let restored = restore(&settings, &request.file, existing, &mut |now| bar.set(now.n_done, now.n_total))?;
    drop(bar);
    if let Some(remark) = &restored.remark {
        failure::note(remark);
    }
    let mut output = Output::new(common);
    let aside = restored.aside.map(|aside| aside.display().to_string());
    if output.format() == Format::Table {
        output.line(&format!("{} events are back; the log goes on as {}", restored.n_events, restored.origin))?;
        if let Some(aside) = &aside {
            output.line(&format!("the database that was there lies at {aside}"))?;
        }
    } else {
        let fields = [
            ("n_events", Field::Number(restored.n_events)),
            ("old_origin", Field::Text(restored.old_origin)),
            ("origin", Field::Text(restored.origin)),
            ("aside", Field::text(aside.as_deref())),
        ];
        Fields::default().write(&mut output, &fields)?;
    }
    output.flush()?;
    Ok(Exit::Done)
}
