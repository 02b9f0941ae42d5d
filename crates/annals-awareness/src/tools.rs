//! The tools: what a client is told about each, and which file answers it.
//!
//! One file a tool, which describes it and carries it out. Every client reads the list in every conversation, so the cards are terse: an argument's schema
//! says what is taken, and the errors name what would be right.
//! Nothing here knows how a tool is listed or called on a wire.

mod acted_on;
mod add_context;
mod backfill_embeddings;
mod card;
mod create_record;
mod delete_entry;
mod get_actions;
mod get_activity;
mod get_alerts;
mod get_briefing;
mod get_deleted;
mod get_intentions;
mod get_knowledge;
mod get_reads;
mod get_related;
mod get_stats;
mod get_status;
mod get_suppressions;
mod get_tags;
mod get_unread;
mod learn_pattern;
mod page;
mod pinned;
mod register_schema;
mod remember;
mod remind;
mod report_alert;
mod report_status;
mod restore_entry;
mod search;
mod semantic_search;
mod set_preference;
mod suppress_alert;
mod update_entry;
mod update_intention;
mod usage;
mod writing;

use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::refusal::{Code, Refusal};

pub use card::{Argument, Hints, Kind, ToolCard};
pub(crate) use get_briefing::briefing;
pub(crate) use get_knowledge::KNOWLEDGE;
pub(crate) use page::MOST_BYTES;

/// All tools, in the order in which they are listed.
pub const CARDS: [&ToolCard; 32] = [
    &get_briefing::CARD,
    &get_alerts::CARD,
    &get_status::CARD,
    &get_knowledge::CARD,
    &get_suppressions::CARD,
    &report_status::CARD,
    &report_alert::CARD,
    &learn_pattern::CARD,
    &remember::CARD,
    &register_schema::CARD,
    &create_record::CARD,
    &update_entry::CARD,
    &get_stats::CARD,
    &get_tags::CARD,
    &suppress_alert::CARD,
    &add_context::CARD,
    &set_preference::CARD,
    &delete_entry::CARD,
    &restore_entry::CARD,
    &get_deleted::CARD,
    &acted_on::CARD,
    &get_reads::CARD,
    &get_actions::CARD,
    &get_unread::CARD,
    &get_activity::CARD,
    &remind::CARD,
    &get_intentions::CARD,
    &update_intention::CARD,
    &search::CARD,
    &semantic_search::CARD,
    &backfill_embeddings::CARD,
    &get_related::CARD,
];

/// The card of a tool.
pub fn card(name: &str) -> Option<&'static ToolCard> {
    CARDS.into_iter().find(|card| card.name == name)
}

/// What a tool answered.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// An object, or for a few tools a bare list.
    pub value: Value,
    /// What was ignored of the call.
    pub warnings: Vec<String>,
}

/// Carries out a tool. Blocks.
///
/// Errors: what the tool refuses, and `not_found` for a tool that is not here.
pub fn call(
    name: &str,
    service: &Awareness,
    context: &Context,
    members: Map<String, Value>,
) -> Result<Answer, Refusal> {
    let missing = || Refusal::new(Code::NotFound, format!("Unknown tool: {}", annals_ask::shortened(name)));
    let card = card(name).ok_or_else(missing)?;
    let (_, call) = CALLS.into_iter().find(|(known, _)| *known == name).ok_or_else(missing)?;
    let arguments = Arguments::new(members, &card.names());
    let value = call(service, context, &arguments)?;
    Ok(Answer { value, warnings: arguments.warnings().to_vec() })
}

type Call = fn(&Awareness, &Context, &Arguments) -> Result<Value, Refusal>;

const CALLS: [(&str, Call); 32] = [
    ("acted_on", acted_on::call),
    ("add_context", add_context::call),
    ("backfill_embeddings", backfill_embeddings::call),
    ("create_record", create_record::call),
    ("delete_entry", delete_entry::call),
    ("get_actions", get_actions::call),
    ("get_activity", get_activity::call),
    ("get_alerts", get_alerts::call),
    ("get_briefing", get_briefing::call),
    ("get_deleted", get_deleted::call),
    ("get_intentions", get_intentions::call),
    ("get_knowledge", get_knowledge::call),
    ("get_reads", get_reads::call),
    ("get_related", get_related::call),
    ("get_stats", get_stats::call),
    ("get_status", get_status::call),
    ("get_suppressions", get_suppressions::call),
    ("get_tags", get_tags::call),
    ("get_unread", get_unread::call),
    ("learn_pattern", learn_pattern::call),
    ("register_schema", register_schema::call),
    ("remember", remember::call),
    ("remind", remind::call),
    ("report_alert", report_alert::call),
    ("report_status", report_status::call),
    ("restore_entry", restore_entry::call),
    ("search", search::call),
    ("semantic_search", semantic_search::call),
    ("set_preference", set_preference::call),
    ("suppress_alert", suppress_alert::call),
    ("update_entry", update_entry::call),
    ("update_intention", update_intention::call),
];

#[cfg(test)]
mod tests;
