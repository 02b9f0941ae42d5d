//! `get_tags`: which tags are in use.

use super::card::{Hints, ToolCard};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_tags",
    title: "Tags",
    description: "Tags in use, most used first.",
    hints: Hints::Reads,
    arguments: &[],
};
