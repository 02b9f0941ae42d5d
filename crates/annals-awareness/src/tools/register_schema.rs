//! `register_schema`: a schema that records follow.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "register_schema",
    title: "Register a schema",
    description: "Register a JSON Schema (2020-12) as family:version, for good.",
    hints: Hints::Adds,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text),
        needed("family", Kind::Text),
        needed("version", Kind::Text),
        needed("schema", Kind::Object),
        may("learned_from", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};
