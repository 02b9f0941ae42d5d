//! `get_stats`: how many entries there are.

use annals_store::awareness::EntryType;
use serde_json::{Map, Value, json};

use super::card::{Hints, ToolCard};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context, failed};
use crate::embedding::Standing;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_stats",
    title: "Statistics",
    description: "Entries by type, and the sources.",
    hints: Hints::Reads,
    arguments: &[],
};

pub(super) fn call(service: &Awareness, context: &Context, _: &Arguments) -> Result<Value, Refusal> {
    let stats = service.look(context, |shelf| shelf.stats())?;
    let entries: Map<String, Value> = EntryType::ALL
        .into_iter()
        .zip(stats.n_entries)
        .map(|(entry_type, n)| (entry_type.as_str().to_owned(), n.into()))
        .collect();
    service.record_reading(context, CARD.name, &Map::new(), &[])?;
    let total: u64 = stats.n_entries.iter().sum();
    let mut page = json!({ "entries": entries, "sources": stats.sources, "total": total });
    if let Some(embedding) = service.embedding() {
        let space = context.caller.space();
        let standing = embedding.standing(service.audit(), Some(space)).map_err(|error| failed(&error))?;
        page["embeddings"] = told(&standing);
    }
    Ok(page)
}

/// How embedding stands. Before the provider has answered once, nobody knows what waits.
fn told(standing: &Standing) -> Value {
    let mut told = json!({ "model": standing.model, "pending": standing.backlog.map(|backlog| backlog.n_waiting) });
    if let Some(n_refused) = standing.backlog.map(|backlog| backlog.n_refused).filter(|n_refused| 0 < *n_refused) {
        told["refused"] = n_refused.into();
    }
    if let Some(trouble) = standing.trouble {
        told["problem"] = trouble.into();
    }
    told
}
