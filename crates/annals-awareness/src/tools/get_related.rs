//! `get_related`: what belongs together.

use annals_store::awareness::EntryId;
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::page::Paging;
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json::Mode;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_related",
    title: "Related entries",
    description: "Entries that this one names, and those that name it.",
    hints: Hints::Reads,
    arguments: &[
        needed("entry_id", Kind::Text),
        may("mode", Kind::Text),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let text = arguments.needed_text("entry_id")?;
    let id: EntryId = text.trim().parse().map_err(|_| Refusal::no_entry(&text))?;
    let mode = Mode::of(arguments.text("mode")?.as_deref());
    let paging = Paging::of(arguments)?;
    let found = service.look(context, |shelf| match shelf.entry(id)? {
        Some(_) => shelf.related(id).map(Some),
        None => Ok(None),
    })?;
    let related = found.ok_or_else(|| Refusal::no_entry(&text))?;
    let offset = usize::try_from(paging.offset).unwrap_or(usize::MAX);
    let mut shown: Vec<_> = related.iter().skip(offset).map(|entry| mode.show(entry)).collect();
    let mut has_more = false;
    paging.fit(&mut shown, &mut has_more);
    let ids: Vec<EntryId> = related.iter().skip(offset).take(shown.len()).map(|entry| entry.id).collect();
    service.record_reading(context, CARD.name, &Map::new(), &ids)?;
    // A bare list, as the contract has it, has no room to say that it was cut; whoever gives `max_bytes` is answered a page.
    if paging.max_bytes.is_some() {
        return Ok(paging.show(shown, has_more));
    }
    Ok(shown.into_iter().map(Value::Object).collect())
}
