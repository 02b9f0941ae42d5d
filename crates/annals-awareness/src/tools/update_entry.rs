//! `update_entry`: changing an entry, its history kept.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "update_entry",
    title: "Update an entry",
    description: "Change what is given; the old goes to its history. Not for statuses, alerts, suppressions and schemas.",
    hints: Hints::Sets,
    arguments: &[
        needed("entry_id", Kind::Text),
        may("description", Kind::Text),
        may("tags", Kind::Texts),
        may("source", Kind::Text),
        may("content", Kind::Content),
        may("content_type", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("expected_updated", Kind::Text).about("`updated` as read; a conflict if it differs"),
        may("idempotency_key", Kind::Text),
    ],
};
