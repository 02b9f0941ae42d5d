//! `annals query`: the events that fit, from one end of the log.

use crate::arguments::{Common, Query};
use crate::failure::{Exit, Failure};
use crate::output::{Events, Output};
use crate::reading::{self, Reading};

/// Writes at most a limit's worth of them.
pub(super) fn run(common: &Common, query: &Query) -> Result<Exit, Failure> {
    let request = query.paging.request()?;
    let reading = Reading::begin(common)?;
    reading.check_types(query.filters.fields.types())?;
    let mut output = Output::new(common);
    let mut events = Events::new(request.order);
    let filter = query.filters.filter();
    let limit = Some(request.limit.get());
    let each = |event| Ok(events.push(&mut output, &event)?);
    let cursor = if query.failed {
        reading.each_failed(&filter, request, limit, each)?
    } else {
        reading.each_event(&filter, request, limit, each)?
    };
    events.finish(&mut output)?;
    reading::more(cursor, output.format());
    Ok(Exit::Done)
}
