//! `remember`: keeping a note, under a key or not.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "remember",
    title: "Remember",
    description: "Keep a note for good. With a logical_key the same note is updated next time.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text).about("one line"),
        may("content", Kind::Content),
        may("content_type", Kind::Text).about("text/plain"),
        may("learned_from", Kind::Text),
        may("logical_key", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("expected_updated", Kind::Text),
        may("idempotency_key", Kind::Text),
    ],
};
