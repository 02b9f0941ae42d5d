//! `search`: finding entries by words.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "search",
    title: "Search",
    description: "Find entries by words in any language, best first.",
    hints: Hints::Reads,
    arguments: &[
        needed("query", Kind::Text),
        may("source", Kind::Text),
        may("tags", Kind::Texts),
        may("entry_type", Kind::Text),
        may("since", Kind::Text),
        may("until", Kind::Text),
        may("limit", Kind::Whole).about("10, at most 100"),
        may("mode", Kind::Text),
        may("language", Kind::Text),
        may("max_bytes", Kind::Whole),
    ],
};
