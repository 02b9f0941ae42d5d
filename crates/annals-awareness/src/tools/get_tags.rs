//! `get_tags`: which tags are in use.

use serde_json::{Map, Value, json};

use super::card::{Hints, ToolCard};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_tags",
    title: "Tags",
    description: "Tags in use, most used first.",
    hints: Hints::Reads,
    arguments: &[],
};

pub(super) fn call(service: &Awareness, context: &Context, _: &Arguments) -> Result<Value, Refusal> {
    let tags = service.look(context, |shelf| shelf.tags())?;
    service.record_reading(context, CARD.name, &Map::new(), &[])?;
    Ok(tags.into_iter().map(|(tag, count)| json!({ "tag": tag, "count": count })).collect())
}
