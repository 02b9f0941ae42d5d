//! `get_unread`: what nobody read.

use annals_store::awareness::{By, Choice};
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may};
use super::page::Paging;
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json::listed;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_unread",
    title: "Unread entries",
    description: "Entries that nobody read.",
    hints: Hints::Reads,
    arguments: &[
        may("since", Kind::Text),
        may("limit", Kind::Whole),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let choice = Choice { unread: Some(arguments.moment("since")?), ..Choice::default() };
    let paging = Paging::of(arguments)?;
    // What was read a moment ago is in the log, but perhaps not yet in its database.
    service.settle_readings();
    let page = service.look(context, |shelf| shelf.page(&choice, &paging.wish(By::Created)))?;
    let mut shown: Vec<_> = page.entries.iter().map(listed).collect();
    let mut has_more = page.has_more;
    paging.fit(&mut shown, &mut has_more);
    // Being told that nobody read an entry is no reading of it: else it would be told once.
    let mut question = Map::new();
    let told = page.entries.iter().take(shown.len()).take(MOST_TOLD).map(|entry| Value::from(entry.id.to_string()));
    question.insert("listed".to_owned(), told.collect());
    service.record_reading(context, CARD.name, &question, &[])?;
    Ok(paging.show(shown, has_more))
}

/// How many ids the record of one answer names.
const MOST_TOLD: usize = 1_000;
