//! `backfill_embeddings`: making embeddings that are missing.

use super::card::{Hints, Kind, ToolCard, may};

pub(super) const CARD: ToolCard = ToolCard {
    name: "backfill_embeddings",
    title: "Backfill embeddings",
    description: "Make missing embeddings.",
    hints: Hints::Sets,
    arguments: &[may("limit", Kind::Whole).about("50"), may("idempotency_key", Kind::Text)],
};
