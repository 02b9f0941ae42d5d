//! `annals count`: one number.

use crate::arguments::{Common, Count};
use crate::failure::{Exit, Failure};
use crate::output::{Field, Fields, Format, Output};
use crate::reading::Reading;

/// Writes how many events fit.
pub(super) fn run(common: &Common, count: &Count) -> Result<Exit, Failure> {
    let reading = Reading::begin(common)?;
    reading.check_types(count.filters.fields.types())?;
    let filter = count.filters.filter();
    let n_events = if count.failed { reading.count_failed(&filter)? } else { reading.audit.count(&filter)? };
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        output.line(&n_events.to_string())?;
    } else {
        Fields::default().write(&mut output, &[("count", Field::Number(n_events))])?;
    }
    output.flush()?;
    Ok(Exit::Done)
}
