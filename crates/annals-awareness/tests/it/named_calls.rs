//! Calls that are sent again under the name that their caller gave them.

use annals_awareness::tools::{CARDS, Hints};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::sample::{WORD, fill, needed};

const KEY: &str = "idempotency_key";

#[test]
fn every_writing_tool_makes_a_named_call_once() {
    let mut n_walked = 0;
    for card in CARDS.into_iter().filter(|card| card.hints != Hints::Reads && card.name != "backfill_embeddings") {
        let desk = Desk::new();
        let ids = fill(&desk, "team", "alice");
        let mut arguments = needed(card.arguments);
        match card.name {
            "update_entry" => arguments = json!({ "entry_id": ids[3], "description": "once" }),
            "update_intention" => arguments["entry_id"] = ids[8].as_str().into(),
            "acted_on" => arguments["entry_id"] = ids[3].as_str().into(),
            "delete_entry" => arguments = json!({ "source": "custom-prompt", "confirm": true }),
            "restore_entry" => arguments = json!({ "tags": [WORD] }),
            "create_record" => arguments["logical_key"] = "record".into(),
            "register_schema" => arguments["version"] = "2".into(),
            _ => {}
        }
        arguments[KEY] = "named".into();
        let first = desk.done(card.name, arguments.clone());
        let changed = |desk: &Desk| desk.events("resource.modified").len() + desk.events("resource.accessed").len();
        let n_changed = changed(&desk);
        assert_eq!(desk.done(card.name, arguments.clone()), first, "{}", card.name);
        assert_eq!(changed(&desk), n_changed, "{} did it twice", card.name);
        // The control: without the name it is done again.
        let mut unnamed = arguments.clone();
        unnamed[KEY] = Value::Null;
        let again = desk.call(card.name, unnamed);
        let is_noticed = again.is_err() || again.is_ok_and(|again| again != first) || changed(&desk) > n_changed;
        let comes_to_the_same =
            ["create_record", "update_entry", "update_intention", "set_preference"].contains(&card.name);
        assert!(is_noticed || comes_to_the_same, "{} does nothing that could be seen", card.name);
        // The name is taken for this call alone.
        arguments["tags"] = json!(["another"]);
        if card.names().contains(&"tags") {
            assert_eq!(desk.refused(card.name, arguments)["code"], "conflict", "{}", card.name);
        }
        n_walked += 1;
    }
    assert_eq!(n_walked, 15);
}

#[test]
fn an_update_that_is_sent_again_undoes_nobody_elses() {
    let desk = Desk::new();
    let id = desk.done("remember", json!({ "source": "nas", "tags": [], "description": "one" }))["id"].clone();
    let named = json!({ "entry_id": id, "description": "two", KEY: "u" });
    let first = desk.done("update_entry", named.clone());
    desk.done("update_entry", json!({ "entry_id": id, "description": "three" }));
    assert_eq!(desk.done("update_entry", named), first);
    assert_eq!(desk.done("get_knowledge", json!({}))["entries"][0]["data"]["description"], "three");
    // A call that was refused is no call: its name is free.
    let wrong = json!({ "entry_id": id, "description": "four", "expected_updated": "2020-01-01", KEY: "v" });
    assert_eq!(desk.refused("update_entry", wrong)["code"], "conflict");
    desk.done("update_entry", json!({ "entry_id": id, "description": "four", KEY: "v" }));
}
