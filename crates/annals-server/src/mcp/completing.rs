//! What may follow what somebody has typed: event types, tools that were recorded, sources and tags of what is known, and the words of the closed lists.

use std::collections::BTreeSet;

use annals::{Column, Decision, Filter, Limit, Outcome, PageRequest};
use annals_event::Types;
use rmcp::model::{ArgumentInfo, CompleteResult, CompletionInfo, ErrorData};

use super::awareness;
use super::calling::Calling;
use crate::trail::Trail;

/// How many of the newest events are looked at for the names of tools.
const LOOKED_AT: u64 = 500;

/// The values that begin with what is there. The argument's name decides, whatever it belongs to.
pub(super) async fn complete(calling: &Calling, argument: &ArgumentInfo) -> Result<CompleteResult, ErrorData> {
    let mut values: Vec<String> = match argument.name.as_str() {
        "event_type" | "type" => Types::standard().expand("*"),
        "tool" => tools(&calling.trail.asking("completion/complete", serde_json::Value::Null)).await?,
        "outcome" => Outcome::ALL.iter().map(|word| word.as_str().to_owned()).collect(),
        "decision" => Decision::ALL.iter().map(|word| word.as_str().to_owned()).collect(),
        name => awareness::completions(calling, name).await?.unwrap_or_default(),
    };
    values.retain(|value| value.starts_with(&argument.value));
    let total = u32::try_from(values.len()).ok();
    let has_more = CompletionInfo::MAX_VALUES < values.len();
    values.truncate(CompletionInfo::MAX_VALUES);
    let info = CompletionInfo::with_pagination(values, total, has_more)
        .map_err(|problem| ErrorData::internal_error(problem, None))?;
    Ok(CompleteResult::new(info))
}

async fn tools(trail: &Trail) -> Result<Vec<String>, ErrorData> {
    let limit = Limit::new(LOOKED_AT).map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    let page =
        trail.query(Filter::new(), PageRequest { limit, ..PageRequest::default() }).await.map_err(|failure| {
            failure.tell();
            ErrorData::internal_error(failure.message().to_owned(), None)
        })?;
    let names: BTreeSet<&str> = page.events.iter().filter_map(|event| event.get(Column::Tool)).collect();
    Ok(names.into_iter().map(str::to_owned).collect())
}
