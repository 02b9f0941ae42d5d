//! `get_stats`: how many entries there are.

use annals_store::awareness::EntryType;
use serde_json::{Map, Value, json};

use super::card::{Hints, ToolCard};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
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
    Ok(json!({ "entries": entries, "sources": stats.sources, "total": stats.n_entries.iter().sum::<u64>() }))
}
