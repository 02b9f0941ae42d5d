//! Where Annals differs on purpose from the system whose contract it keeps, as far as no other file says so.

use std::thread;

use annals_awareness::tools::CARDS;
use annals_awareness::{Code, prompts};
use serde_json::{Value, json};

use crate::desk::{Desk, context};
use crate::sample::{WORD, fill, needed};

fn note(description: &str) -> Value {
    json!({ "source": "nas", "tags": ["disk"], "description": description })
}

fn schema(version: &str) -> Value {
    json!({
        "source": "nas", "tags": ["disk"], "description": "d", "family": "disk", "version": version,
        "schema": { "type": "object" },
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn record(key: &str, version: &str, content: Value) -> Value {
    json!({
        "source": "web", "tags": ["record"], "description": "d", "logical_key": key, "schema_ref": "disk",
        "schema_version": version, "content": content,
    })
}

#[test]
fn deleting_many_is_refused_for_a_schema_in_use_and_names_what_is_in_the_way() {
    let desk = Desk::new();
    desk.done("remember", note("beside it"));
    desk.done("register_schema", schema("1"));
    let records: Vec<Value> =
        (0..12).map(|n| desk.done("create_record", record(&n.to_string(), "1", json!({})))["id"].clone()).collect();
    for arguments in [json!({ "tags": ["disk"], "confirm": true }), json!({ "source": "nas", "confirm": true })] {
        let error = desk.refused("delete_entry", arguments);
        assert_eq!((&error["code"], &error["total_count"]), (&json!("schema_in_use"), &json!(12)));
        assert_eq!(error["referencing_records"], json!(records[..10]), "the first made come first");
    }
    assert_eq!(desk.done("get_stats", json!({}))["entries"]["note"], 1, "what was refused did nothing");
    desk.done("delete_entry", json!({ "tags": ["record"], "confirm": true }));
    assert_eq!(desk.done("delete_entry", json!({ "tags": ["disk"], "confirm": true }))["trashed"], 2);
}

#[test]
fn a_record_never_outlives_its_schema() {
    let desk = Desk::new();
    let id = desk.done("register_schema", schema("1"))["id"].clone();
    thread::scope(|scope| {
        for agent in 0..3 {
            let desk = &desk;
            scope.spawn(move || {
                for _ in 0..10 {
                    let made = desk.call("create_record", record(&agent.to_string(), "1", json!({})));
                    match made {
                        Ok(made) => drop(desk.done("delete_entry", json!({ "entry_id": made["id"] }))),
                        Err(refusal) => {
                            assert!(matches!(refusal.code(), Code::SchemaNotFound | Code::Unavailable), "{refusal:?}");
                        }
                    }
                }
                let _ = desk.call("create_record", record(&agent.to_string(), "1", json!({})));
            });
        }
        let (desk, id) = (&desk, &id);
        scope.spawn(move || {
            for _ in 0..20 {
                if let Err(refusal) = desk.call("delete_entry", json!({ "entry_id": id })) {
                    assert_eq!(refusal.code(), Code::SchemaInUse);
                }
                desk.done("restore_entry", json!({ "entry_id": id }));
            }
            let _ = desk.call("delete_entry", json!({ "entry_id": id }));
        });
    });
    let stats = desk.done("get_stats", json!({}));
    let (n_schemas, n_records) = (&stats["entries"]["schema"], &stats["entries"]["record"]);
    assert!(n_schemas == 1 || n_records == 0, "{stats}");
}

#[test]
fn a_shared_schema_serves_every_space_and_is_listed_in_none() {
    let desk = Desk::new();
    desk.answer("_system", "operator", "register_schema", schema("1")).expect("registered");
    assert_eq!(desk.done("create_record", record("k", "1", json!({})))["action"], "created");
    let error = desk.refused("create_record", record("k", "1", json!("no object")));
    assert_eq!(error["code"], "validation_failed");
    assert_eq!(desk.done("get_knowledge", json!({ "entry_type": "schema" }))["entries"], json!([]));
    // A schema of the space's own comes first.
    let mut own = schema("1");
    own["schema"] = json!({ "type": "string" });
    desk.done("register_schema", own);
    assert_eq!(desk.refused("create_record", record("k", "1", json!({})))["code"], "validation_failed");
    desk.done("create_record", record("k", "1", json!("a string")));
}

#[test]
fn a_language_without_words_raises_one_alert_and_the_entry_is_kept() {
    let desk = Desk::new();
    for _ in 0..2 {
        desk.done("remember", note("ღამის სარეზერვო ასლი ვერ შესრულდა"));
    }
    desk.done("remember", note("The nightly backup failed again"));
    let page = desk.done("get_alerts", json!({}));
    let entries = page["entries"].as_array().expect("a page");
    assert_eq!(entries.len(), 1, "{page}");
    assert_eq!(
        (&entries[0]["source"], &entries[0]["tags"]),
        (&json!("mcp-awareness"), &json!(["language", "unsupported"]))
    );
    let data = &entries[0]["data"];
    assert_eq!(
        (&data["alert_id"], &data["level"], &data["alert_type"], &data["detected_iso"]),
        (&json!("unsupported-language-ka"), &json!("info"), &json!("structural"), &json!("ka"))
    );
    assert_eq!(desk.done("get_stats", json!({}))["entries"]["note"], 3);
    // The two say the same, and come as one.
    let found = desk.done("search", json!({ "query": "ასლი" }));
    assert_eq!((found["entries"].as_array().map(Vec::len), &found["entries"][0]["duplicates"]), (Some(1), &json!(1)));
}

#[test]
fn a_users_prompt_is_there_at_once_and_in_its_own_space_alone() {
    let desk = Desk::new();
    let names = |space: &str| -> Vec<String> {
        let offered = prompts::list(&desk.service, &context(space, "somebody")).expect("a list");
        offered.into_iter().map(|prompt| prompt.name).filter(|name| name.starts_with("user/")).collect()
    };
    let prompt = |content: &str| json!({ "source": "custom-prompt", "tags": [], "description": "greets", "content": content, "logical_key": "greet" });
    desk.done("remember", prompt("Hello {{name}}"));
    assert_eq!((names("team"), names("other")), (vec!["user/greet".to_owned()], Vec::new()));
    let get = |space: &str, members: Value| {
        let Value::Object(members) = members else { panic!("arguments are an object") };
        prompts::get(&desk.service, &context(space, "somebody"), "user/greet", members)
    };
    let text = |members: Value| get("team", members).expect("composed").text;
    assert_eq!(text(json!({ "name": "Ada" })), "Hello Ada");
    desk.done("remember", prompt("Good evening {{name}}"));
    assert_eq!(text(json!({ "name": "Ada" })), "Good evening Ada");
    assert_eq!(get("team", json!({})).expect_err("a word is missing").code(), Code::InvalidParameter);
    assert_eq!(get("other", json!({ "name": "Ada" })).expect_err("not theirs").code(), Code::NotFound);
}

#[test]
fn every_tool_that_writes_an_entry_writes_what_it_is_related_to() {
    let mut n_walked = 0;
    for card in CARDS.into_iter().filter(|card| card.names().contains(&"related_ids")) {
        let desk = Desk::new();
        let ids = fill(&desk, "team", "alice");
        let target = desk.done("remember", note("the target"))["id"].clone();
        let mut arguments = needed(card.arguments);
        match card.name {
            "update_entry" => arguments["entry_id"] = ids[3].as_str().into(),
            "create_record" => arguments["logical_key"] = "record".into(),
            "register_schema" => arguments["version"] = "2".into(),
            _ => {}
        }
        arguments["related_ids"] = json!([target]);
        let made = desk.done(card.name, arguments);
        let related = desk.done("get_related", json!({ "entry_id": target, "mode": "list" }));
        assert_eq!(related.as_array().map(Vec::len), Some(1), "{}: {related}", card.name);
        assert_eq!(related[0]["id"], made["id"], "{}", card.name);
        n_walked += 1;
    }
    assert_eq!(n_walked, 11);
}

#[test]
fn who_read_and_acted_is_told_after_the_entry_is_gone_and_by_the_clients_own_name() {
    let desk = Desk::new();
    let id = desk.done("remember", note("one"))["id"].clone();
    desk.done("get_knowledge", json!({}));
    desk.done("acted_on", json!({ "entry_id": id, "action": "fixed" }));
    let (reads, actions) = (desk.done("get_reads", json!({})), desk.done("get_actions", json!({})));
    assert_eq!((&reads["entries"][0]["entry_id"], &reads["entries"][0]["platform"]), (&id, &json!("test-client")));
    assert_eq!((&actions["entries"][0]["entry_id"], &actions["entries"][0]["platform"]), (&id, &json!("test-client")));
    desk.done("delete_entry", json!({ "entry_id": id }));
    assert_eq!(desk.done("get_reads", json!({})), reads);
    assert_eq!(desk.done("get_actions", json!({})), actions);
    assert_eq!(desk.done("get_reads", json!({ "platform": "test-client" })), reads);
    // The event itself is in the log, under the credential that acted.
    let acted = desk.events("resource.accessed");
    assert_eq!((acted.len(), acted[0].credential.as_deref()), (1, Some("alice")));
}

#[test]
fn no_limit_is_below_nothing_and_every_long_answer_is_cut_where_the_caller_says() {
    let desk = Desk::new();
    for n in 0..8 {
        let made = desk.done("remember", note(&format!("note {n} zebra {}", "x".repeat(300))));
        desk.done("report_alert", json!({
            "source": "nas", "tags": [], "alert_id": n.to_string(), "level": "warning", "alert_type": "threshold", "message": "x".repeat(300),
        }));
        desk.done("remind", json!({ "goal": "x".repeat(300), "source": "me", "tags": [] }));
        desk.done("acted_on", json!({ "entry_id": made["id"], "action": "x".repeat(300) }));
        let gone = desk.done("add_context", note(&"x".repeat(300)));
        desk.done("delete_entry", json!({ "entry_id": gone["id"] }));
    }
    let first = desk.done("get_knowledge", json!({ "limit": 1 }))["entries"][0]["id"].clone();
    for n in 0..8 {
        let mut related = note(&format!("related {n}"));
        related["related_ids"] = json!([first]);
        desk.done("remember", related);
    }
    let mut n_walked = 0;
    for card in CARDS {
        let names = card.names();
        let arguments = || {
            let mut arguments = needed(card.arguments);
            if card.name == "get_related" {
                arguments["entry_id"] = first.clone();
            }
            arguments
        };
        if names.contains(&"limit") && !card.name.ends_with("search") {
            for below in [-1, -5] {
                let mut arguments = arguments();
                arguments["limit"] = below.into();
                assert_eq!(desk.refused(card.name, arguments)["param"], "limit", "{}", card.name);
            }
        }
        if !names.contains(&"max_bytes") {
            continue;
        }
        // What nobody read is less after each look at something else, so it is not read meanwhile.
        let (mut n_seen, mut n_pages, mut offset) = (0, 0, json!(0));
        while offset.is_number() && n_pages < 100 {
            let mut arguments = arguments();
            (arguments["max_bytes"], arguments["offset"]) = (1_500.into(), offset);
            let page = desk.done(card.name, arguments);
            let n_entries = page["entries"].as_array().map_or(0, Vec::len);
            assert!(
                page.to_string().len() <= 1_500 || n_entries == 1,
                "{}: {} bytes",
                card.name,
                page.to_string().len()
            );
            (n_seen, n_pages) = (n_seen + n_entries, n_pages + 1);
            offset = page["next_offset"].clone();
        }
        assert!(n_seen >= 8 && n_pages > 1, "{}: {n_seen} on {n_pages} pages", card.name);
        n_walked += 1;
    }
    assert!(n_walked >= 11, "{n_walked}");
}

#[test]
fn no_answer_to_a_write_repeats_what_was_written() {
    let desk = Desk::new();
    let secret = "a very secret sentence";
    for (tool, arguments) in [
        ("remember", json!({ "source": "s", "tags": [secret], "description": secret, "content": secret })),
        ("remember", json!({ "source": "s", "tags": [], "description": secret, "logical_key": "k" })),
        ("remember", json!({ "source": "s", "tags": [], "description": "new", "content": secret, "logical_key": "k" })),
        ("learn_pattern", json!({ "source": "s", "tags": [secret], "description": secret, "effect": secret })),
        ("add_context", json!({ "source": "s", "tags": [secret], "description": secret })),
        ("report_status", json!({ "source": "s", "tags": [secret], "metrics": { "m": secret } })),
        (
            "report_alert",
            json!({ "source": "s", "tags": [secret], "alert_id": "a", "level": "warning", "alert_type": "threshold", "message": secret }),
        ),
        ("suppress_alert", json!({ "source": "s", "tags": [secret], "reason": secret })),
        ("set_preference", json!({ "key": "k", "value": secret })),
        ("remind", json!({ "goal": secret, "source": "s", "tags": [secret], "constraints": secret })),
        (
            "register_schema",
            json!({ "source": "s", "tags": [secret], "description": secret, "family": "f", "version": "1", "schema": { "title": secret } }),
        ),
        (
            "create_record",
            json!({ "source": "s", "tags": [secret], "description": secret, "logical_key": "r", "schema_ref": "f", "schema_version": "1", "content": secret }),
        ),
    ] {
        let answer = desk.done(tool, arguments);
        assert!(!answer.to_string().contains(secret), "{tool}: {answer}");
    }
    let id = desk.done("remember", note(WORD))["id"].clone();
    let answer = desk.done("update_entry", json!({ "entry_id": id, "description": secret, "content": secret }));
    assert!(!answer.to_string().contains(secret), "{answer}");
    let page = desk.done("get_knowledge", json!({}));
    assert!(page.to_string().contains(secret), "the control: it is there");
}
