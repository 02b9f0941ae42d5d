//! `get_suppressions`: which alerts are not shown.

use super::card::{Hints, ToolCard};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_suppressions",
    title: "Suppressions",
    description: "Suppressions in force.",
    hints: Hints::Reads,
    arguments: &[],
};
