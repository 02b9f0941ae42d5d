//! `get_knowledge`: entries by their filters.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_knowledge",
    title: "Browse knowledge",
    description: "Patterns, context, preferences and notes, newest first. Start with mode `list`, a limit, 2-3 narrow tags.",
    hints: Hints::Reads,
    arguments: &[
        may("source", Kind::Text),
        may("tags", Kind::Texts).about("all of them"),
        may("entry_type", Kind::Text),
        may("include_history", Kind::Text).about("`true`, `only`"),
        may("since", Kind::Text),
        may("until", Kind::Text),
        may("learned_from", Kind::Text),
        may("created_after", Kind::Text),
        may("created_before", Kind::Text),
        may("hint", Kind::Text).about("words to rank by"),
        may("mode", Kind::Text).about("`list` for short"),
        may("limit", Kind::Whole).about("100"),
        may("offset", Kind::Whole),
        may("language", Kind::Text).about("ISO 639-1"),
        may("max_bytes", Kind::Whole),
    ],
};
