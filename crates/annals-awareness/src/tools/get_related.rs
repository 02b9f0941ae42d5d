//! `get_related`: what belongs together.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_related",
    title: "Related entries",
    description: "Entries that this one names, and those that name it.",
    hints: Hints::Reads,
    arguments: &[needed("entry_id", Kind::Text), may("mode", Kind::Text), may("max_bytes", Kind::Whole)],
};
