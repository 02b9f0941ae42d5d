//! `set_preference`: a wish under a key.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "set_preference",
    title: "Set a preference",
    description: "Set how a user wants something, by key and scope.",
    hints: Hints::Sets,
    arguments: &[
        needed("key", Kind::Text),
        needed("value", Kind::Text),
        may("scope", Kind::Text).about("global"),
        may("related_ids", Kind::Texts),
        may("expected_updated", Kind::Text),
        may("idempotency_key", Kind::Text),
    ],
};
