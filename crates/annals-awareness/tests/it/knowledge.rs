//! Remembering, browsing and changing.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use crate::desk::Desk;

fn note(description: &str) -> Value {
    json!({ "source": "nas", "tags": ["disk"], "description": description })
}

fn keyed(key: &str, description: &str) -> Value {
    json!({ "source": "nas", "tags": ["disk"], "description": description, "logical_key": key })
}

fn listed(desk: &Desk, arguments: Value) -> Vec<Value> {
    desk.done("get_knowledge", arguments)["entries"].as_array().expect("a page has entries").clone()
}

#[test]
fn what_was_remembered_is_found_and_the_answer_does_not_echo_it() {
    let desk = Desk::new();
    let answer = desk.done(
        "remember",
        json!({ "source": "nas", "tags": ["b", "a"], "description": "secret words", "content": { "b": 1 } }),
    );
    assert_eq!(
        answer.as_object().map(|members| members.keys().collect::<Vec<_>>()),
        Some(vec![&"id".to_owned(), &"status".to_owned()])
    );
    let page = desk.done("get_knowledge", json!({}));
    let entry = &page["entries"][0];
    assert_eq!((&page["limit"], &page["offset"], &page["has_more"]), (&json!(100), &json!(0), &json!(false)));
    assert_eq!(entry["id"], answer["id"]);
    assert_eq!((&entry["type"], &entry["tags"], &entry["updated"]), (&json!("note"), &json!(["b", "a"]), &Value::Null));
    assert_eq!(
        entry["data"],
        json!({ "description": "secret words", "content": "{\"b\": 1}", "content_type": "text/plain", "learned_from": "conversation" })
    );
}

#[test]
fn a_first_time_field_by_update_or_upsert_is_stored() {
    let desk = Desk::new();
    let id = desk.done("remember", note("plain"))["id"].clone();
    let updated = desk.done("update_entry", json!({ "entry_id": id, "content": "first" }));
    assert!(updated["updated"].is_string(), "{updated}");
    let first = desk.done("remember", keyed("k", "keyed"));
    assert_eq!(first["action"], "created");
    let mut more = keyed("k", "keyed");
    more["content"] = "second".into();
    let again = desk.done("remember", more);
    assert_eq!((&again["action"], &again["id"]), (&json!("updated"), &first["id"]));
    let entries = listed(&desk, json!({ "include_history": "true" }));
    let contents: Vec<&Value> = entries.iter().map(|entry| &entry["data"]["content"]).collect();
    assert_eq!(contents, ["second", "first"]);
    for entry in &entries {
        assert_eq!(entry["data"]["changelog"][0]["changed"]["content"], Value::Null);
    }
    // Without being asked for, history is not shown.
    assert_eq!(listed(&desk, json!({}))[0]["data"].get("changelog"), None);
    assert_eq!(listed(&desk, json!({ "include_history": "only" })).len(), 2);
}

#[test]
fn an_update_that_expects_another_time_is_told_the_current_value() {
    let desk = Desk::new();
    let id = desk.done("remember", note("one"))["id"].clone();
    let first = desk.done("update_entry", json!({ "entry_id": id, "description": "two" }));
    let second = json!({ "entry_id": id, "description": "three", "expected_updated": first["updated"] });
    let done = desk.done("update_entry", second.clone());
    let error = desk.refused("update_entry", second);
    assert_eq!(error["code"], "conflict");
    assert_eq!(
        (&error["current"]["data"]["description"], &error["current"]["updated"]),
        (&json!("three"), &done["updated"])
    );
}

#[test]
fn twenty_parallel_remembers_are_all_kept() {
    let desk = Desk::new();
    let barrier = Barrier::new(20);
    thread::scope(|scope| {
        for n in 0..20 {
            let (desk, barrier) = (&desk, &barrier);
            scope.spawn(move || {
                barrier.wait();
                desk.done("remember", note(&format!("note {n}")));
            });
        }
    });
    assert_eq!(desk.done("get_stats", json!({}))["entries"]["note"], 20);
    assert_eq!(desk.events("resource.modified").len(), 20);
}

#[test]
fn parallel_updates_of_one_entry_are_all_in_its_history() {
    let desk = Desk::new();
    let id = desk.done("remember", note("start"))["id"].clone();
    thread::scope(|scope| {
        for agent in 0..8 {
            let (desk, id) = (&desk, &id);
            scope.spawn(move || {
                for n in 0..5 {
                    desk.done("update_entry", json!({ "entry_id": id, "description": format!("{agent}-{n}") }));
                }
            });
        }
    });
    let entries = listed(&desk, json!({ "include_history": "true" }));
    assert_eq!(entries[0]["data"]["changelog"].as_array().map(Vec::len), Some(40));
}

#[test]
fn a_call_that_is_sent_again_with_its_key_makes_one_entry() {
    let desk = Desk::new();
    let mut call = note("once");
    call["idempotency_key"] = "k1".into();
    let first = desk.done("remember", call.clone());
    assert_eq!(desk.done("remember", call.clone()), first);
    assert_eq!(desk.done("get_stats", json!({}))["total"], 1);
    // Another caller's key is another key.
    let other = desk.answer("team", "bob", "remember", call).expect("bob remembers").value;
    assert_ne!(other["id"], first["id"]);
}

#[test]
fn bob_reads_what_alice_remembered_and_another_space_sees_nothing() {
    let desk = Desk::new();
    let id = desk.done("remember", note("shared"))["id"].clone();
    let page = desk.answer("team", "bob", "get_knowledge", json!({})).expect("bob may read").value;
    assert_eq!(page["entries"][0]["id"], id);
    for (tool, arguments) in [
        ("get_knowledge", json!({})),
        ("get_alerts", json!({})),
        ("get_tags", json!({})),
        ("get_stats", json!({})),
        ("get_briefing", json!({})),
    ] {
        let answer = desk.answer("other", "eve", tool, arguments).expect("eve may ask").value;
        assert!(!answer.to_string().contains("shared") && !answer.to_string().contains("disk"), "{tool}: {answer}");
    }
    let error = desk.answer("other", "eve", "update_entry", json!({ "entry_id": id, "description": "x" }));
    let unknown = desk.answer(
        "other",
        "eve",
        "update_entry",
        json!({ "entry_id": "3b241101-e2bb-4255-8caf-4136c566a962", "description": "x" }),
    );
    let code = |answer: Result<annals_awareness::tools::Answer, annals_awareness::Refusal>| {
        answer.expect_err("not hers").code()
    };
    assert_eq!(code(error), code(unknown), "as if it were not there");
    let changed = desk.events("resource.modified");
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].credential.as_deref(), Some("alice"));
    let read = desk.events("context.query_executed");
    assert!(read.iter().any(|event| event.credential.as_deref() == Some("bob")));
}

#[test]
fn pages_go_on_by_offset_and_are_cut_at_max_bytes() {
    let desk = Desk::new();
    for n in 0..10 {
        desk.done("remember", note(&format!("note {n} {}", "x".repeat(500))));
    }
    let page = desk.done("get_knowledge", json!({ "limit": "4", "offset": 8 }));
    assert_eq!((page["entries"].as_array().map(Vec::len), &page["has_more"]), (Some(2), &json!(false)));
    let none = desk.done("get_knowledge", json!({ "limit": 0 }));
    assert_eq!((&none["entries"], &none["has_more"]), (&json!([]), &json!(true)));
    let cut = desk.done("get_knowledge", json!({ "max_bytes": 2_048 }));
    assert!(cut.to_string().len() <= 2_048, "{}", cut.to_string().len());
    assert_eq!((&cut["truncated"], &cut["has_more"]), (&json!(true), &json!(true)));
    let mut seen = cut["entries"].as_array().map_or(0, Vec::len);
    let mut next = cut["next_offset"].clone();
    while next.is_number() {
        let page = desk.done("get_knowledge", json!({ "max_bytes": 2_048, "offset": next }));
        seen += page["entries"].as_array().map_or(0, Vec::len);
        next = page["next_offset"].clone();
    }
    assert_eq!(seen, 10);
    for wrong in
        [json!({ "limit": -1 }), json!({ "offset": -1 }), json!({ "entry_type": "nope" }), json!({ "language": "xx" })]
    {
        assert_eq!(desk.refused("get_knowledge", wrong.clone())["code"], "invalid_parameter", "{wrong}");
    }
}

#[test]
fn no_page_is_longer_than_half_a_mebibyte_and_the_rest_is_there_to_be_asked_for() {
    let desk = Desk::new();
    for n in 0..8 {
        let content = format!("{} words", "x".repeat(200_000));
        let note = json!({ "source": "fat", "tags": [], "description": format!("note {n}"), "content": content });
        desk.done("remember", note);
    }
    for (tool, asked) in [
        ("get_knowledge", json!({})),
        ("get_knowledge", json!({ "limit": 8, "max_bytes": 9_000_000 })),
        ("get_knowledge", json!({ "mode": "list" })),
        ("search", json!({ "query": "words", "limit": 100 })),
    ] {
        let (mut seen, mut n_pages) = (Vec::new(), 0);
        loop {
            let mut asked = asked.clone();
            asked["offset"] = seen.len().into();
            let page = desk.done(tool, asked);
            assert!(page.to_string().len() < 520 << 10, "{tool}: {} bytes", page.to_string().len());
            seen.extend(page["entries"].as_array().expect("a page").iter().map(|entry| entry["id"].to_string()));
            n_pages += 1;
            if page["has_more"] == false {
                break;
            }
            assert_eq!((&page["truncated"], &page["next_offset"]), (&json!(true), &json!(seen.len())), "{tool}");
        }
        assert!(2 <= n_pages, "{tool}: it came in one page");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 8, "{tool}");
    }
}

#[test]
fn a_question_that_holds_a_nul_is_answered_and_on_record() {
    let desk = Desk::new();
    desk.done("remember", note("The nightly backups are failing"));
    let found = desk.done("search", json!({ "query": "nightly\0" }));
    assert_eq!(found["entries"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(desk.done("delete_entry", json!({ "source": "q\0" }))["would_trash"], 0);
    let questions: Vec<String> = desk
        .events("context.query_executed")
        .iter()
        .map(|event| event.details.as_deref().unwrap_or_default().to_owned())
        .collect();
    assert!(questions.iter().any(|details| details.contains("nightly\u{fffd}")), "{questions:?}");
}

#[test]
fn a_list_tells_who_read_and_a_hint_ranks_the_page() {
    let desk = Desk::new();
    desk.done("remember", note("The nightly backups are failing"));
    desk.done("remember", note("Buy flowers for the balcony"));
    desk.done("get_knowledge", json!({}));
    desk.service.audit().flush().expect("the reading becomes durable");
    let entries = listed(&desk, json!({ "mode": "list", "hint": "backup" }));
    assert_eq!(entries[0]["description"], "The nightly backups are failing");
    assert!(entries[0]["similarity"].is_number() && entries[1].get("similarity").is_none(), "{entries:?}");
    assert_eq!((&entries[0]["read_count"], entries[0]["last_read"].is_string()), (&json!(1), true));
    assert_eq!(entries[0].get("data"), None);
}

#[test]
fn a_language_chooses_exactly() {
    let desk = Desk::new();
    desk.done("remember", note("The nightly backups of the database are failing"));
    desk.done("remember", note("Die nächtlichen Sicherungen der Datenbank schlagen fehl"));
    desk.done("remember", note("disk"));
    for (language, text) in [("en", "The nightly"), ("de", "Die nächtlichen"), ("simple", "disk")] {
        let entries = listed(&desk, json!({ "language": language }));
        assert_eq!(entries.len(), 1, "{language}");
        assert!(entries[0]["data"]["description"].as_str().is_some_and(|found| found.starts_with(text)));
    }
    assert_eq!(listed(&desk, json!({ "language": "fr" })).len(), 0);
}

#[test]
fn unknown_arguments_are_named_and_the_rest_is_done() {
    let desk = Desk::new();
    let mut call = note("n");
    call["tag"] = json!(["x"]);
    let answer = desk.answer("team", "alice", "remember", call).expect("it is done");
    assert_eq!(answer.warnings, ["unknown argument `tag` was ignored (hint: did you mean `tags`?)"]);
    assert!(desk.answer("team", "alice", "nothing", json!({})).is_err());
    assert_eq!(desk.refused("remember", json!({ "source": "nas" }))["param"], "tags");
}

#[test]
fn search_needs_no_embeddings_and_finds_stemmed_words_source_and_day() {
    let desk = Desk::new();
    let backups = desk.done("remember", note("The nightly backups are failing"))["id"].clone();
    desk.done("remember", json!({ "source": "garden", "tags": [], "description": "Buy flowers for the balcony" }));
    for query in ["backup", "why does the backup fail?", "nas", "failed backups since yesterday"] {
        for tool in ["search", "semantic_search"] {
            let page = desk.done(tool, json!({ "query": query, "mode": "list" }));
            assert_eq!(page["entries"][0]["id"], backups, "`{query}`: {page}");
            assert_eq!(page["entries"].as_array().map(Vec::len), Some(1), "`{query}`: {page}");
            assert_eq!((&page["lanes"], &page["limit"]), (&json!(["text"]), &json!(10)));
        }
    }
    // Nothing that fits is an empty page, and filters are exact.
    assert_eq!(desk.done("search", json!({ "query": "kubernetes" }))["entries"], json!([]));
    assert_eq!(desk.done("search", json!({ "query": "\"(*" }))["entries"], json!([]));
    assert_eq!(desk.done("search", json!({ "query": "backup", "source": "garden" }))["entries"], json!([]));
    let page = desk.done("search", json!({ "query": "backup flowers", "limit": "-3" }));
    assert_eq!((page["entries"].as_array().map(Vec::len), &page["has_more"]), (Some(1), &json!(true)));
}

#[test]
fn a_title_that_nothing_has_is_looked_for_by_its_words_where_a_sentence_quotes_it() {
    let desk = Desk::new();
    for description in ["The memory that the shades of grey bring back to Tim", "Tim brings milk"] {
        desk.done("remember", note(description));
    }
    let found = |query: &str| desk.done("search", json!({ "query": query }));
    let loose = found("what memory does \"Fifty Shades of Grey\" bring to Tim?");
    assert_eq!(loose["entries"][0]["data"]["description"], "The memory that the shades of grey bring back to Tim");
    assert_eq!(loose["weak"], true, "{loose}");
    // What has the phrase is all that is found, and whoever asks for a phrase alone is told that nothing has it.
    let exact = found("what memory do the \"shades of grey\" bring to Tim?");
    assert_eq!((exact["entries"].as_array().map(Vec::len), &exact["weak"]), (Some(1), &Value::Null), "{exact}");
    assert_eq!(found("\"Fifty Shades of Grey\"")["entries"], json!([]));
    let later = json!({ "query": "what memory do the \"shades of grey\" bring to Tim?", "offset": 1 });
    assert_eq!(desk.done("search", later)["entries"], json!([]), "a page behind the last is not another search");
}
