//! `delete_entry`: putting entries into the trash.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "delete_entry",
    title: "Delete entries",
    description: "To the trash for 30 days: one by id, or many by tags or source with confirm.",
    hints: Hints::Destroys,
    arguments: &[
        may("source", Kind::Text),
        may("entry_type", Kind::Text),
        may("entry_id", Kind::Text),
        may("tags", Kind::Texts),
        may("confirm", Kind::Flag).about("else a dry run"),
        may("idempotency_key", Kind::Text),
    ],
};
