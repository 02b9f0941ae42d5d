//! `remind`: keeping something to do.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "remind",
    title: "Remind",
    description: "Keep something to do; from deliver_at on it is in the briefing until acted on.",
    hints: Hints::Adds,
    arguments: &[
        needed("goal", Kind::Text),
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        may("deliver_at", Kind::Text).about("ISO 8601"),
        may("constraints", Kind::Text),
        may("urgency", Kind::Word(&["low", "normal", "high"])),
        may("recurrence", Kind::Text),
        may("learned_from", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};
