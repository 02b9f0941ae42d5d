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

pub use card::{Argument, Hints, Kind, ToolCard};

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

#[cfg(test)]
mod tests;
