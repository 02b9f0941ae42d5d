//! `get_intentions`: what is to be done.

use super::card::{Hints, Kind, ToolCard, may};

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
        may("max_bytes", Kind::Whole),
    ],
};
