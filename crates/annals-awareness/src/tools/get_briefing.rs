//! `get_briefing`: the state of everything in one answer; fires due reminders.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_briefing",
    title: "Briefing",
    description: "Read first: sources that need attention, alerts and due reminders. Mention only what needs attention.",
    hints: Hints::Reads,
    arguments: &[may("max_sources", Kind::Whole).about("20")],
};
