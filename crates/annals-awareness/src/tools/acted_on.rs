//! `acted_on`: recording what was done about an entry.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "acted_on",
    title: "Acted on",
    description: "Record what was done because of an entry; ends a fired reminder.",
    hints: Hints::Adds,
    arguments: &[
        needed("entry_id", Kind::Text),
        needed("action", Kind::Text),
        may("platform", Kind::Text),
        may("detail", Kind::Text),
        may("tags", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};
