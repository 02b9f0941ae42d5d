//! `suppress_alert`: hiding alerts for a while.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "suppress_alert",
    title: "Suppress alerts",
    description: "Hide alerts for a while: of a source, with a tag, of a metric. Without any: all.",
    hints: Hints::Adds,
    arguments: &[
        may("source", Kind::Text),
        may("tags", Kind::Texts),
        may("metric", Kind::Text),
        may("level", Kind::Word(&["warning", "critical"])),
        may("duration_minutes", Kind::Whole).about("60"),
        may("escalation_override", Kind::Flag).about("worse ones come through"),
        may("reason", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};
