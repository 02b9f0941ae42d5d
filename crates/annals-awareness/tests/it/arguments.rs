//! Each argument of each tool is taken, and is looked at.
//!
//! What an argument does is in the transcripts; here every one of them is walked through, so that none is on a card alone.

use annals_awareness::tools::{Argument, CARDS, Kind};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::sample::{fill, needed, value};

/// The contract's arguments by tool, `!` behind those that must be given.
const CONTRACT: &str = include_str!("../fixtures/arguments.json");

/// A value that the argument can't be; nothing where anything is right.
fn wrong(argument: &Argument) -> Option<Value> {
    match argument.kind {
        Kind::Text | Kind::Texts | Kind::Object | Kind::Word(_) => Some(json!(5)),
        Kind::Whole => Some(json!("five")),
        Kind::Flag => Some(json!("perhaps")),
        Kind::Content | Kind::Any => None,
    }
}

#[test]
fn every_argument_is_taken_without_a_warning_and_refused_where_it_is_wrong() {
    let contract: Value = serde_json::from_str(CONTRACT).expect("the fixture is JSON");
    let desk = Desk::new();
    fill(&desk, "team", "alice");
    let mut n_walked = 0;
    for card in CARDS {
        let of_contract = contract[card.name].as_object().expect("the contract has the tool");
        for name in of_contract.keys().map(|name| name.trim_end_matches('!')) {
            assert!(card.names().contains(&name), "`{}` takes no `{name}`", card.name);
        }
        for argument in card.arguments {
            let mut arguments = needed(card.arguments);
            if argument.name == "snooze_until" {
                arguments["state"] = "snoozed".into();
            }
            arguments[argument.name] = value(argument);
            if card.name == "create_record" {
                // The key of the others is a note's by then.
                arguments["logical_key"] = "record".into();
            }
            match desk.answer("walk", "alice", card.name, arguments.clone()) {
                Ok(answer) => assert_eq!(answer.warnings, Vec::<String>::new(), "{} {arguments}", card.name),
                // Of a call that asks for nothing, or names what is not there, something else may be wrong.
                Err(refusal) => {
                    let error = &refusal.to_json()["error"];
                    let is_wrong = error["code"] == "invalid_parameter" && error["param"] == argument.name;
                    assert!(!is_wrong, "{} {arguments}: {error}", card.name);
                }
            }
            let Some(wrong) = wrong(argument) else { continue };
            arguments[argument.name] = wrong;
            let refusal = desk.answer("walk", "alice", card.name, arguments.clone());
            let refusal = refusal.err().unwrap_or_else(|| panic!("{} never looked: {arguments}", card.name));
            let error = &refusal.to_json()["error"];
            assert_eq!(
                (&error["code"], &error["param"]),
                (&json!("invalid_parameter"), &json!(argument.name)),
                "{arguments}"
            );
            n_walked += 1;
        }
    }
    assert!(n_walked > 150, "only {n_walked}");
}
