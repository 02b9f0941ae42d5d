//! `get_intentions`: what is to be done.

use annals_store::awareness::{By, EntryType};
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may};
use super::page::{Paging, choice, ids};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json::Mode;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_intentions",
    title: "Intentions",
    description: "Things to do, by state.",
    hints: Hints::Reads,
    arguments: &[
        may("state", Kind::Text),
        may("source", Kind::Text),
        may("tags", Kind::Texts),
        may("mode", Kind::Text),
        may("limit", Kind::Whole),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let mut choice = choice(arguments, &[EntryType::Intention])?;
    choice.state = arguments.text("state")?;
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
