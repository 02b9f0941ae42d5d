//! `report_status`: what a source says of itself.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "report_status",
    title: "Report status",
    description: "Replace the status of a source. It is stale after ttl_sec.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("metrics", Kind::Object),
        may("inventory", Kind::Object),
        may("ttl_sec", Kind::Whole).about("120"),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};
