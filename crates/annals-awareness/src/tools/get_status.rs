//! `get_status`: what a source last reported of itself.

use annals_store::awareness::Name;
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, needed};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json;
use crate::refusal::{Code, Refusal};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_status",
    title: "Status of a source",
    description: "The newest status report of a source.",
    hints: Hints::Reads,
    arguments: &[needed("source", Kind::Text)],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let source = arguments.needed_text("source")?;
    let found = service.look(context, |shelf| shelf.named(&Name::status(&source)))?;
    let ids: Vec<_> = found.iter().map(|entry| entry.id).collect();
    service.record_reading(context, CARD.name, &Map::new(), &ids)?;
    found.map(|entry| entry_json::full(&entry).into()).ok_or_else(|| {
        let message = format!("No status found for source: {}", annals_ask::shortened(&source));
        Refusal::new(Code::NotFound, message).at("source").with_value(source)
    })
}
