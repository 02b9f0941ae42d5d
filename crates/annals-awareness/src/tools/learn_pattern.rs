//! `learn_pattern`: how things usually are.

use super::card::{Hints, Kind, ToolCard, may, needed};

pub(super) const CARD: ToolCard = ToolCard {
    name: "learn_pattern",
    title: "Learn a pattern",
    description: "Keep how things usually are. An alert is hidden if the conditions hold and effect shares two words with it or conditions.match names it; a critical one only with conditions.hides_critical.",
    hints: Hints::Adds,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text),
        may("conditions", Kind::Object).about("day_of_week, hour_range, match, hides_critical"),
        may("effect", Kind::Text),
        may("learned_from", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};
