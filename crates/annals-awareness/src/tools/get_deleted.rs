//! `get_deleted`: what is in the trash.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_deleted",
    title: "Trash",
    description: "Deleted entries, newest deletion first.",
    hints: Hints::Reads,
    arguments: &[
        may("since", Kind::Text),
        may("mode", Kind::Text),
        may("limit", Kind::Whole),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};
