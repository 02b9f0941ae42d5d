//! `get_suppressions`: which alerts are not shown.

use annals_store::awareness::{By, Choice, EntryType, Wish};
use serde_json::{Map, Value};

use super::card::{Hints, ToolCard};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_suppressions",
    title: "Suppressions",
    description: "Suppressions in force.",
    hints: Hints::Reads,
    arguments: &[],
};

pub(super) fn call(service: &Awareness, context: &Context, _: &Arguments) -> Result<Value, Refusal> {
    let choice = Choice::of([EntryType::Suppression]);
    let page = service.look(context, |shelf| shelf.page(&choice, &Wish::first(By::Touched, u64::from(u32::MAX))))?;
    let ids: Vec<_> = page.entries.iter().map(|entry| entry.id).collect();
    service.record_reading(context, CARD.name, &Map::new(), &ids)?;
    Ok(page.entries.iter().map(entry_json::full).collect())
}
