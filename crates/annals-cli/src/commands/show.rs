//! `annals show`: one event with all its fields, or a session as a tree; the beginning of its id or name is enough where only one fits.

mod resolve;
mod session;

use annals::{Order, StoredEvent};

use self::resolve::Found;
use crate::arguments::{Common, Show};
use crate::failure::{self, Exit, Failure};
use crate::output::{EventLines, Format, Output, Tone, event_fields, harmless, pretty};
use crate::reading::Reading;

/// Writes what the text names.
pub(super) fn run(common: &Common, show: &Show) -> Result<Exit, Failure> {
    let reading = Reading::begin(common)?;
    let mut output = Output::new(common);
    match resolve::find(&reading.audit, &show.what)? {
        Some(Found::Session(name)) => session::write(&reading, &mut output, &name)?,
        Some(Found::Event(event)) if output.format() == Format::Table => write_event(&mut output, &event)?,
        Some(Found::Event(event)) => EventLines::new(Order::Newest).push(&mut output, &event)?,
        None => {
            failure::note(&format!("`{}` is the beginning of no event's id and no session's name", show.what));
            return Ok(Exit::Partly);
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}

/// Writes an event with all the fields it has, one below the other, the details last.
pub(super) fn write_event(output: &mut Output, event: &StoredEvent) -> Result<(), Failure> {
    let is_coloured = output.screen().is_coloured;
    let fields: Vec<_> = event_fields(event, Order::Newest)
        .into_iter()
        .filter(|(name, _)| !matches!(*name, "cursor" | "details"))
        .filter_map(|(name, text)| Some((name, text?)))
        .collect();
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let (begin, end) = if is_coloured { (Tone::Faint.begin(), "\u{1b}[0m") } else { ("", "") };
    for (name, text) in &fields {
        output.line(&format!("{begin}{name:width$}{end}  {}", harmless(text)))?;
    }
    if let Some(details) = &event.details {
        let mut lines = pretty(details).into_iter();
        let first = lines.next().unwrap_or_default();
        output.line(&format!("{begin}{:width$}{end}  {}", "details", harmless(&first)))?;
        for line in lines {
            output.line(&format!("{:width$}  {}", "", harmless(&line)))?;
        }
    }
    Ok(())
}
