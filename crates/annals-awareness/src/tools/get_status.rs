//! `get_status`: what a source last reported of itself.

use super::card::{Hints, Kind, ToolCard, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_status",
    title: "Status of a source",
    description: "The newest status report of a source.",
    hints: Hints::Reads,
    arguments: &[needed("source", Kind::Text)],
};
