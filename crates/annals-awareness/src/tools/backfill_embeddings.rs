//! `backfill_embeddings`: making embeddings that are missing.

use serde_json::Value;

use super::card::{Hints, Kind, ToolCard, may};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::refusal::{Code, Refusal};

pub(super) const CARD: ToolCard = ToolCard {
    name: "backfill_embeddings",
    title: "Backfill embeddings",
    description: "Make missing embeddings.",
    hints: Hints::Sets,
    arguments: &[may("limit", Kind::Whole).about("50"), may("idempotency_key", Kind::Text)],
};

pub(super) fn call(_: &Awareness, _: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    arguments.whole("limit", 0)?;
    arguments.text("idempotency_key")?;
    let message = "no embeddings are made here (hint: `search` finds by words without them)";
    Err(Refusal::new(Code::Unavailable, message))
}
