//! `get_stats`: how many entries there are.

use super::card::{Hints, ToolCard};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_stats",
    title: "Statistics",
    description: "Entries by type, and the sources.",
    hints: Hints::Reads,
    arguments: &[],
};
