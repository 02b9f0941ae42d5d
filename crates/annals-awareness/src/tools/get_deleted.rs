//! `get_deleted`: what is in the trash.

use annals_store::awareness::{By, Choice, Shelved};
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may};
use super::page::{Paging, ids};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json::{Mode, trashed};
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_deleted",
    title: "Trash",
    description: "Deleted entries, newest deletion first.",
    hints: Hints::Reads,
    arguments: &[
        may("since", Kind::Text),
        may("mode", Kind::Text),
        may("limit", Kind::Whole),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let deleted_since = arguments.moment("since")?;
    let choice = Choice { deleted_since, shelved: Shelved::Trash, ..Choice::default() };
    let mode = Mode::of(arguments.text("mode")?.as_deref());
    let paging = Paging::of(arguments)?;
    let page = service.look(context, |shelf| shelf.page(&choice, &paging.wish(By::Deleted)))?;
    let mut shown: Vec<_> = page.entries.iter().map(|entry| trashed(entry, mode)).collect();
    let mut has_more = page.has_more;
    paging.fit(&mut shown, &mut has_more);
    let ids = ids(&page);
    service.record_reading(context, CARD.name, &Map::new(), ids.get(..shown.len()).unwrap_or(&ids))?;
    Ok(paging.show(shown, has_more))
}
