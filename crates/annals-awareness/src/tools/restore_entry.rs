//! `restore_entry`: taking entries out of the trash.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "restore_entry",
    title: "Restore entries",
    description: "Out of the trash, by id or tags.",
    hints: Hints::Sets,
    arguments: &[may("entry_id", Kind::Text), may("tags", Kind::Texts), may("idempotency_key", Kind::Text)],
};
