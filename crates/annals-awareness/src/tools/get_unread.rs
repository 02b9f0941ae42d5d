//! `get_unread`: what nobody read.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_unread",
    title: "Unread entries",
    description: "Entries that nobody read.",
    hints: Hints::Reads,
    arguments: &[may("since", Kind::Text), may("limit", Kind::Whole), may("max_bytes", Kind::Whole)],
};
