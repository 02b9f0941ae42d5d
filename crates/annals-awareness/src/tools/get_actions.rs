//! `get_actions`: who did what, from the log.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_actions",
    title: "Actions",
    description: "What was done because of entries.",
    hints: Hints::Reads,
    arguments: &[
        may("entry_id", Kind::Text),
        may("since", Kind::Text),
        may("platform", Kind::Text),
        may("tags", Kind::Texts),
        may("limit", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};
