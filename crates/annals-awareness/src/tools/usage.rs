//! What the tools have in common that answer from the log who read and who acted.

use annals_store::awareness::{EntryId, Usage, UsageWish};
use serde_json::{Map, Value};

use super::page::Paging;
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::refusal::Refusal;

/// What `entry_id`, `since` and `platform` choose. What is no id names no entry, of which nothing is told.
pub(super) fn wish(arguments: &Arguments) -> Result<UsageWish, Refusal> {
    let entry = arguments.text("entry_id")?.map(|text| text.trim().parse().unwrap_or(EntryId::from_bytes([0; 16])));
    let since = arguments.moment("since")?;
    let platform = arguments.text("platform")?;
    Ok(UsageWish { entry, since, platform, ..UsageWish::default() })
}

/// A page of it, newest first.
pub(super) fn told(
    service: &Awareness,
    context: &Context,
    tool: &'static str,
    arguments: &Arguments,
    wish: UsageWish,
    show: impl Fn(&Usage) -> Value,
) -> Result<Value, Refusal> {
    let paging = Paging::of(arguments)?;
    let limit = paging.limit.unsigned_abs();
    let wish = UsageWish { offset: paging.offset.unsigned_abs(), limit: limit.saturating_add(1), ..wish };
    // What was read a moment ago is in the log, but perhaps not yet in its database.
    service.settle_readings();
    let mut found = service.look(context, |shelf| shelf.usage(&wish))?;
    let n_wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut has_more = found.len() > n_wanted;
    found.truncate(n_wanted);
    let mut shown: Vec<Map<String, Value>> = Vec::with_capacity(found.len());
    shown.extend(found.iter().filter_map(|usage| show(usage).as_object().cloned()));
    paging.fit(&mut shown, &mut has_more);
    let mut question = Map::new();
    if let Some(entry) = wish.entry {
        question.insert("entry".to_owned(), entry.to_string().into());
    }
    service.record_reading(context, tool, &question, &[])?;
    Ok(paging.show(shown, has_more))
}
