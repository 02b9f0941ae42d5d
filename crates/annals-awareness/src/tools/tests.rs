//! The cards against the contract's arguments, and against what they may cost.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;

/// Tool by tool, the contract's arguments with their types; `!` behind those that must be given.
const CONTRACT: &str = include_str!("../../tests/fixtures/arguments.json");

fn contract() -> BTreeMap<String, BTreeMap<String, String>> {
    let read: Value = serde_json::from_str(CONTRACT).expect("the fixture is JSON");
    let tools = read.as_object().expect("tools by name");
    let arguments = |tool: &Value| {
        let arguments = tool.as_object().expect("arguments by name").iter();
        arguments.map(|(name, types)| (name.clone(), types.as_str().expect("types").to_owned())).collect()
    };
    tools.iter().map(|(name, tool)| (name.clone(), arguments(tool))).collect()
}

#[test]
fn every_argument_of_the_contract_is_there_with_a_compatible_type() {
    let contract = contract();
    assert_eq!(contract.len(), 32);
    for (tool, arguments) in contract {
        let card = card(&tool).expect("every tool has a card");
        for (argument, types) in arguments {
            let name = argument.trim_end_matches('!');
            let ours = card.arguments.iter().find(|ours| ours.name == name);
            let ours = ours.unwrap_or_else(|| panic!("`{tool}` has no `{name}`"));
            let is_compatible = match types.as_str() {
                "string" => matches!(ours.kind, Kind::Text | Kind::Word(_)),
                "array" => ours.kind == Kind::Texts,
                "object" => ours.kind == Kind::Object,
                "integer" => ours.kind == Kind::Whole,
                "boolean" => ours.kind == Kind::Flag,
                "string|object|array" => ours.kind == Kind::Content,
                "any" => ours.kind == Kind::Any,
                other => panic!("the fixture has an unknown type `{other}`"),
            };
            assert!(is_compatible, "`{tool}`.`{name}`: {types}, {:?}", ours.kind);
            assert_eq!(ours.is_needed, argument.ends_with('!'), "`{tool}`.`{name}`");
        }
        // What we add may be left out.
        let added = card.arguments.iter().filter(|ours| ours.is_needed);
        assert!(added.count() <= contract_needs(&tool), "`{tool}` needs more than the contract");
    }
}

fn contract_needs(tool: &str) -> usize {
    contract()[tool].keys().filter(|argument| argument.ends_with('!')).count()
}

#[test]
fn what_annals_adds_is_among_the_arguments() {
    let has = |tool: &str, name: &str| card(tool).is_some_and(|card| card.names().contains(&name));
    assert!(has("report_alert", "metric"));
    assert!(has("update_entry", "expected_updated"));
    assert!(has("update_intention", "snooze_until"));
    for card in CARDS.into_iter().filter(|card| card.hints != Hints::Reads) {
        assert!(has(card.name, "idempotency_key"), "{}", card.name);
    }
    let related = [
        "report_status",
        "report_alert",
        "learn_pattern",
        "remember",
        "register_schema",
        "create_record",
        "update_entry",
        "suppress_alert",
        "add_context",
        "set_preference",
        "remind",
    ];
    for tool in related {
        assert!(has(tool, "related_ids"), "{tool}");
    }
    for tool in [
        "get_alerts",
        "get_knowledge",
        "get_deleted",
        "get_reads",
        "get_unread",
        "get_intentions",
        "search",
        "get_related",
    ] {
        assert!(has(tool, "max_bytes"), "{tool}");
    }
}

#[test]
fn the_cards_are_short_enough_to_be_read_in_every_conversation() {
    let list: Vec<Value> = CARDS.into_iter().map(ToolCard::to_json).collect();
    let text = Value::from(list).to_string();
    // The six audit tools have the rest of 24 kB.
    assert!(text.len() <= 19_000, "{} bytes", text.len());
}

#[test]
fn cards_are_whole_and_none_is_there_twice() {
    for (n, card) in CARDS.into_iter().enumerate() {
        assert!(!card.title.is_empty() && !card.description.is_empty(), "{}", card.name);
        assert!(CARDS[..n].iter().all(|other| other.name != card.name), "{}", card.name);
        let schema = Value::Object(card.input_schema());
        assert_eq!(crate::schema::check(&schema), Ok(()), "{}", card.name);
    }
    assert!(card("get_info").is_none());
}
