//! `annals get`: single events by their whole ids, for programs. People have `show`, which takes the beginning of one.

use annals::{EventId, Order};

use super::show;
use crate::arguments::{Common, Get};
use crate::failure::{self, Exit, Failure};
use crate::output::{EventLines, Format, Output};
use crate::reading::Reading;

/// Writes the events with these ids.
pub(super) fn run(common: &Common, get: &Get) -> Result<Exit, Failure> {
    let ids: Vec<EventId> = get.ids.iter().map(|text| text.parse().map_err(Failure::from)).collect::<Result<_, _>>()?;
    let reading = Reading::begin(common)?;
    let mut output = Output::new(common);
    let mut lines = EventLines::new(Order::Newest);
    let mut exit = Exit::Done;
    for (index, id) in ids.iter().enumerate() {
        let Some(event) = reading.audit.get(*id)? else {
            failure::note(&format!("`{id}` is no event of this log"));
            exit = Exit::Partly;
            continue;
        };
        if output.format() == Format::Table {
            if 0 < index {
                output.line("")?;
            }
            show::write_event(&mut output, &event)?;
        } else {
            lines.push(&mut output, &event)?;
        }
    }
    output.flush()?;
    Ok(exit)
}
