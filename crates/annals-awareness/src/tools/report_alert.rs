//! `report_alert`: raising, changing and resolving an alert.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "report_alert",
    title: "Report an alert",
    description: "Raise, change or resolve the alert alert_id of a source.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("alert_id", Kind::Text),
        needed("level", Kind::Word(&["warning", "critical"])),
        needed("alert_type", Kind::Word(&["threshold", "structural", "baseline"])),
        needed("message", Kind::Text),
        may("details", Kind::Object),
        may("diagnostics", Kind::Object),
        may("resolved", Kind::Flag),
        may("metric", Kind::Text).about("what suppressions name"),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};
