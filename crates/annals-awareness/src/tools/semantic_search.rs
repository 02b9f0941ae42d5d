//! `semantic_search`: the old name of `search`.

use super::card::{Hints, Kind, ToolCard, may, needed};

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
        may("max_bytes", Kind::Whole),
    ],
};
