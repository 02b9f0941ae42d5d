//! `semantic_search`: the old name of `search`.

use serde_json::Value;

use super::card::{Hints, Kind, ToolCard, may, needed};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "semantic_search",
    title: "Search (old name)",
    description: "The same as search.",
    hints: Hints::Reads,
    arguments: &[
        needed("query", Kind::Text),
        may("source", Kind::Text),
        may("tags", Kind::Texts),
        may("entry_type", Kind::Text),
        may("since", Kind::Text),
        may("until", Kind::Text),
        may("limit", Kind::Whole),
        may("mode", Kind::Text),
        may("language", Kind::Text),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    super::search::found(service, context, arguments, CARD.name)
}
