//! `update_intention`: moving an intention on.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "update_intention",
    title: "Update an intention",
    description: "Move an intention to another state.",
    hints: Hints::Sets,
    arguments: &[
        needed("entry_id", Kind::Text),
        needed("state", Kind::Word(&["pending", "fired", "active", "completed", "snoozed", "cancelled"])),
        may("reason", Kind::Text),
        may("snooze_until", Kind::Text).about("wakes it then"),
        may("expected_updated", Kind::Text),
        may("idempotency_key", Kind::Text),
    ],
};
