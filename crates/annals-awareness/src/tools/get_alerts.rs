//! `get_alerts`: alerts that nobody resolved.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_alerts",
    title: "Active alerts",
    description: "Unresolved alerts, newest first.",
    hints: Hints::Reads,
    arguments: &[
        may("source", Kind::Text),
        may("since", Kind::Text).about("ISO 8601"),
        may("mode", Kind::Text).about("`list` for short"),
        may("limit", Kind::Whole).about("100"),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};
