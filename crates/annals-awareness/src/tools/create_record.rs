//! `create_record`: content that follows a schema.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "create_record",
    title: "Create a record",
    description: "Keep content that its schema accepts; updated under the same logical_key.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text),
        needed("logical_key", Kind::Text),
        needed("schema_ref", Kind::Text).about("family"),
        needed("schema_version", Kind::Text),
        needed("content", Kind::Any),
        may("learned_from", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("expected_updated", Kind::Text),
        may("idempotency_key", Kind::Text),
    ],
};
