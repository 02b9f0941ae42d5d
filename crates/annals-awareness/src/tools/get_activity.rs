//! `get_activity`: reading and acting in one list, from the log.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_activity",
    title: "Activity",
    description: "Reads and actions, newest first.",
    hints: Hints::Reads,
    arguments: &[
        may("since", Kind::Text),
        may("platform", Kind::Text),
        may("limit", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};
