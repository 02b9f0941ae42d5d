//! `backfill_embeddings`: making embeddings that are missing.

use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context, failed};
use crate::refusal::{Code, Refusal};

pub(super) const CARD: ToolCard = ToolCard {
    name: "backfill_embeddings",
    title: "Backfill embeddings",
    description: "Make missing embeddings.",
    hints: Hints::Sets,
    arguments: &[may("limit", Kind::Whole).about("50"), may("idempotency_key", Kind::Text)],
};

/// How many entries are embedded in one call where nobody says, and at most.
const LIMIT: i64 = 50;
const MOST: i64 = 1_000;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let limit = arguments.whole("limit", 0)?.unwrap_or(LIMIT).min(MOST);
    // Whoever calls twice finds nothing left to do.
    arguments.text("idempotency_key")?;
    let Some(embedding) = service.embedding() else {
        let message = "no embeddings are made here (hint: `search` finds by words without them)";
        return Err(Refusal::new(Code::Unavailable, message));
    };
    let space = context.caller.space();
    let backfilled = embedding.backfill(service.audit(), space, limit.unsigned_abs());
    let ([n_new, n_refreshed], n_remaining) = backfilled.map_err(|error| failed(&error))?;
    if n_new + n_refreshed == 0
        && n_remaining != Some(0)
        && let Some(trouble) = embedding.trouble()
    {
        let waiting = n_remaining.map_or("what waits is".to_owned(), |n| format!("{n} entries wait, and are"));
        let message = format!("{trouble} (hint: {waiting} embedded as soon as it does)");
        return Err(Refusal::new(Code::Unavailable, message));
    }
    Ok(json!({
        "status": "ok",
        "new_embeddings": n_new,
        "refreshed_embeddings": n_refreshed,
        "remaining": n_remaining,
    }))
}
