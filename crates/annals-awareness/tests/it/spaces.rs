//! Spaces: whatever another space holds makes no difference to what a caller is answered.
//!
//! The same calls are made over two stores, one with a full space beside the caller's and one without, and must be answered alike: every tool with every argument and every id of the other
//! space, every resource, every prompt, every completion. Stores that leak in one way each show that the walk can fail.

use std::collections::BTreeSet;

use annals_awareness::resources::{self, LISTED, Resource};
use annals_awareness::tools::{CARDS, Hints};
use annals_awareness::{Refusal, completion, prompts};
use annals_store::suite::Database;
use annals_testkit::{Flaw, Memory};
use serde_json::{Map, Value, json};

use crate::desk::{Desk, context};
use crate::sample::{WORD, fill, needed, value};

/// Calls of all tools, reading ones first, so that what the walk writes itself comes late.
fn calls(ids: &[String]) -> Vec<(&'static str, Value)> {
    let mut calls = Vec::new();
    let reads = CARDS.into_iter().filter(|card| card.hints == Hints::Reads);
    for card in reads.chain(CARDS.into_iter().filter(|card| card.hints != Hints::Reads)) {
        let base = needed(card.arguments);
        calls.push((card.name, base.clone()));
        for argument in card.arguments {
            let mut arguments = base.clone();
            arguments[argument.name] = value(argument);
            if card.name == "delete_entry" {
                arguments["confirm"] = true.into();
            }
            calls.push((card.name, arguments));
        }
        if card.names().contains(&"entry_id") {
            for id in ids {
                let mut arguments = base.clone();
                arguments["entry_id"] = id.as_str().into();
                if card.name == "update_entry" {
                    arguments["description"] = "mine".into();
                }
                calls.push((card.name, arguments));
            }
        }
    }
    let walked: BTreeSet<&str> = calls.iter().map(|(tool, _)| *tool).collect();
    assert_eq!(walked.len(), 32);
    calls
}

/// What eve of the space `other` is answered to all of it.
fn answers(desk: &Desk, ids: &[String]) -> Vec<(String, String)> {
    let eve = context("other", "eve");
    let mut known = ids.to_vec();
    let mut answers = Vec::new();
    let mut tell = |question: String, answer: Result<Value, Refusal>| {
        desk.service.audit().flush().expect("what was accepted becomes durable");
        let answer = answer.unwrap_or_else(|refusal| refusal.to_json());
        answers.push((question, normal(&answer, &mut known).to_string()));
    };
    for (tool, arguments) in calls(ids) {
        let answer = desk.answer("other", "eve", tool, arguments.clone()).map(|answer| answer.value);
        tell(format!("{tool} {arguments}"), answer);
    }
    for address in LISTED
        .iter()
        .map(|(address, _)| (*address).to_owned())
        .chain(["alerts", "status"].map(|kind| format!("awareness://{kind}/{WORD}")))
    {
        let resource = Resource::read(&address).expect("an address of ours");
        tell(address.clone(), resources::answer(&desk.service, &eve, &address, &resource));
    }
    for name in ["agent_instructions", "project_context", "system_status", "write_guide", "catchup", "user/zebra"] {
        let members = json!({ "repo_name": WORD, "source": WORD, "zebra": "x" });
        let members: Map<String, Value> = members.as_object().expect("an object").clone();
        let composed = prompts::get(&desk.service, &eve, name, members);
        tell(name.to_owned(), composed.map(|composed| json!([composed.description, composed.text])));
    }
    let touched = resources::touched(&desk.service, &eve, ids.iter().map(String::as_str));
    tell("touched".to_owned(), touched.map(|touched| format!("{touched:?}").into()));
    let offered = prompts::list(&desk.service, &eve);
    tell(
        "prompts".to_owned(),
        offered.map(|offered| offered.into_iter().map(|prompt| Value::from(prompt.name)).collect()),
    );
    tell("sources".to_owned(), completion::sources(&desk.service, &eve).map(Value::from));
    tell("tags".to_owned(), completion::tags(&desk.service, &eve).map(Value::from));
    answers
}

/// An answer without what differs from run to run: ids by their order, times and places in the log not at all. A score depends on how rare a word is among all entries.
fn normal(value: &Value, known: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => {
            let at = known.iter().position(|id| id == text).unwrap_or_else(|| {
                known.push(text.clone());
                known.len() - 1
            });
            format!("<id {at}>").into()
        }
        Value::String(text) => {
            let words = text.split_inclusive(' ').map(|word| if word.contains("+00:00") { "<time> " } else { word });
            words.collect::<String>().into()
        }
        Value::Array(items) => items.iter().map(|item| normal(item, known)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| match name.as_str() {
                "similarity" => (name.clone(), json!("<score>")),
                "id" if member.is_number() => (name.clone(), json!("<number>")),
                _ => (name.clone(), normal(member, known)),
            })
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The questions that were answered differently because of the other space.
fn differing(with: &Desk, without: &Desk) -> Vec<String> {
    let ids = fill(with, "team", "alice");
    let (with, without) = (answers(with, &ids), answers(without, &ids));
    assert_eq!(with.len(), without.len());
    let differ = with.into_iter().zip(without).filter(|(one, other)| one != other);
    differ.map(|((question, one), (_, other))| format!("{question}\n  {one}\n  {other}")).collect()
}

/// All that alice finds in her space, the trash included.
fn found(desk: &Desk) -> Vec<Value> {
    let mut found = Vec::new();
    for card_type in
        ["status", "alert", "pattern", "suppression", "context", "preference", "note", "intention", "schema", "record"]
    {
        let page = desk.done("get_knowledge", json!({ "entry_type": card_type, "include_history": "true" }));
        assert_ne!(page["entries"], json!([]), "no {card_type} in the sample");
        found.push(page);
    }
    found.push(desk.done("get_deleted", json!({})));
    found
}

#[test]
fn no_tool_resource_or_prompt_shows_anything_of_another_space() {
    let (with, without) = (Desk::new(), Desk::new());
    assert_eq!(differing(&with, &without), Vec::<String>::new());
}

#[test]
fn no_tool_resource_or_prompt_shows_anything_of_another_space_in_postgres() {
    let (with, without) = (Desk::in_postgres(), Desk::in_postgres());
    assert_eq!(differing(&with, &without), Vec::<String>::new());
}

#[test]
fn no_tool_changes_anything_of_another_space() {
    for desk in [Desk::new(), Desk::in_postgres()] {
        let ids = fill(&desk, "team", "alice");
        let before = found(&desk);
        answers(&desk, &ids);
        assert_eq!(found(&desk), before);
    }
}

#[test]
fn the_same_holds_over_memory_and_a_store_that_leaks_is_noticed() {
    let over = |flaw| Desk::over(Memory::flawed(flaw).open());
    assert_eq!(differing(&over(Flaw::None), &over(Flaw::None)), Vec::<String>::new());
    for flaw in [Flaw::LeaksById, Flaw::LeaksPages, Flaw::LeaksWords, Flaw::LeaksTags, Flaw::LeaksUsage] {
        assert_ne!(differing(&over(flaw), &over(Flaw::None)), Vec::<String>::new(), "nobody noticed {flaw:?}");
    }
}
