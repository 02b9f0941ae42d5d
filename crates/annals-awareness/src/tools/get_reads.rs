//! `get_reads`: who read what, from the log.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_reads",
    title: "Reads",
    description: "Who read which entry.",
    hints: Hints::Reads,
    arguments: &[
        may("entry_id", Kind::Text),
        may("since", Kind::Text),
        may("platform", Kind::Text),
        may("limit", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};
