//! `get_alerts`: alerts that nobody resolved.

use annals_store::awareness::{By, Choice, EntryType};
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may};
use super::page::{Paging, ids};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json::Mode;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_alerts",
    title: "Active alerts",
    description: "Unresolved alerts, newest first.",
    hints: Hints::Reads,
    arguments: &[
        may("source", Kind::Text),
        may("since", Kind::Text).about("ISO 8601"),
        may("mode", Kind::Text).about("`list` for short"),
        may("limit", Kind::Whole).about("100"),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let mut choice = Choice::of([EntryType::Alert]);
    choice.source = arguments.text("source")?;
    choice.since = arguments.moment("since")?;
    choice.state = Some("active".to_owned());
    let mode = Mode::of(arguments.text("mode")?.as_deref());
    let paging = Paging::of(arguments)?;
    let page = service.look(context, |shelf| shelf.page(&choice, &paging.wish(By::Touched)))?;
    let mut shown: Vec<_> = page.entries.iter().map(|entry| mode.show(entry)).collect();
    let mut has_more = page.has_more;
    paging.fit(&mut shown, &mut has_more);
    let ids = ids(&page);
    service.record_reading(context, CARD.name, &Map::new(), ids.get(..shown.len()).unwrap_or(&ids))?;
    Ok(paging.show(shown, has_more))
}
