//! `annals query`: the events that fit, from one end of the log.

use crate::arguments::{Common, Query};
use crate::failure::{Exit, Failure};
use crate::output::{Events, Format, Output, Problems};
use crate::reading::{self, Reading, Wanted};

/// Writes at most a limit's worth of them; in a table a call is one row.
pub(super) fn run(common: &Common, query: &Query) -> Result<Exit, Failure> {
    let request = query.paging.request()?;
    let reading = Reading::begin(common)?;
    reading.check_types(query.filters.fields.types())?;
    let mut output = Output::new(common);
    let (wanted, problems) =
        if query.failed { (Wanted::Failed, Problems::Told) } else { (Wanted::All, Problems::Left) };
    let mut events = Events::new(request.order, problems);
    let filter = query.filters.filter();
    let limit = Some(request.limit.get());
    let format = output.format();
    let each = |event| Ok(events.push(&mut output, &event)?);
    // A table is for people, who count calls; NDJSON and CSV have a line for each event.
    let cursor = match (format, wanted) {
        (Format::Table, _) => reading.each_call(&filter, wanted, request, each)?,
        (_, Wanted::Failed) => reading.each_failed(&filter, request, limit, each)?,
        (_, Wanted::All) => reading.each_event(&filter, request, limit, each)?,
    };
    events.finish(&mut output)?;
    reading::more(cursor, format);
    Ok(Exit::Done)
}
