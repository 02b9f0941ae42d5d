//! Fine print of the contract that no transcript shows: what a null, a text, an empty name or a stale expectation stands for.

use annals::verify;
use annals_awareness::resources::{self, Resource};
use serde_json::{Value, json};

use crate::desk::{Desk, context};

fn schema(of: &Value) -> Value {
    json!({ "source": "s", "tags": ["schema"], "description": "d", "family": "f", "version": "1", "schema": of })
}

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn record(key: &str, content: Value) -> Value {
    json!({
        "source": "s", "tags": ["record"], "description": "d", "logical_key": key, "schema_ref": "f", "schema_version": "1",
        "content": content,
    })
}

/// The content of the only record.
fn kept(desk: &Desk) -> Value {
    let page = desk.done("get_knowledge", json!({ "entry_type": "record" }));
    page["entries"][0]["data"]["content"].clone()
}

fn whole(desk: &Desk) {
    let report = desk.service.audit().verify(&verify::Options::default(), &mut |_| {}).expect("a verification");
    assert_eq!(report.n_findings, 0, "{:?}", report.findings);
}

#[test]
fn null_is_content_of_a_record_and_only_what_is_absent_is_missing() {
    let desk = Desk::new();
    desk.done("register_schema", schema(&json!({ "type": ["null", "integer"] })));
    let mut absent = record("k", Value::Null);
    absent.as_object_mut().expect("an object").remove("content");
    assert_eq!(desk.refused("create_record", absent)["param"], "content");
    let made = desk.done("create_record", record("k", Value::Null));
    let page = desk.done("get_knowledge", json!({ "entry_type": "record" }));
    let data = page["entries"][0]["data"].as_object().expect("data");
    assert_eq!((&made["action"], data.get("content")), (&json!("created"), Some(&Value::Null)));
    desk.done("create_record", record("k", json!(5)));
    assert_eq!(kept(&desk), 5);
    desk.done("create_record", record("k", Value::Null));
    assert_eq!(kept(&desk), Value::Null);
    // A schema that takes no null refuses it as any other content.
    let other = json!({ "source": "s", "tags": [], "description": "d", "family": "g", "version": "1", "schema": { "type": "object" } });
    desk.done("register_schema", other);
    let mut wrong = record("k", Value::Null);
    wrong["schema_ref"] = "g".into();
    assert_eq!(desk.refused("create_record", wrong)["code"], "validation_failed");
    whole(&desk);
}
#[test]
fn a_text_for_a_record_is_read_as_json_first_whatever_it_reads_as() {
    let desk = Desk::new();
    desk.done("register_schema", schema(&json!({})));
    let id = desk.done("create_record", record("k", json!({})))["id"].clone();
    for (given, expected) in [
        ("5", json!(5)),
        ("-0.5e1", json!(-5.0)),
        ("true", json!(true)),
        ("null", Value::Null),
        (" [1, \"a\"] ", json!([1, "a"])),
        ("{\"a\": 1}", json!({ "a": 1 })),
        ("\"quoted\"", json!("quoted")),
        ("free text", json!("free text")),
        ("5 disks", json!("5 disks")),
        ("", json!("")),
    ] {
        desk.done("update_entry", json!({ "entry_id": id, "content": given }));
        assert_eq!(kept(&desk), expected, "`{given}`");
    }
    // A note keeps its text.
    let note = desk.done("remember", json!({ "source": "s", "tags": [], "description": "d" }))["id"].clone();
    desk.done("update_entry", json!({ "entry_id": note, "content": "5" }));
    let page = desk.done("get_knowledge", json!({ "entry_type": "note" }));
    assert_eq!(page["entries"][0]["data"]["content"], "5");
}
#[test]
fn what_a_briefing_leads_to_can_be_read_whatever_the_source_is_called() {
    let desk = Desk::new();
    let names =
        ["nas", "my nas/one", "100%", "100%25", "a?b#c&d=e", "%2F", "größe 磁碟", "", "../status/x", "a\u{0}\n\"b"];
    for source in names {
        desk.done("report_alert", json!({
            "source": source, "tags": [], "alert_id": "full", "level": "critical", "alert_type": "threshold", "message": source,
        }));
        let stale = format!("{source} silent");
        desk.done("report_status", json!({ "source": stale, "tags": [], "metrics": { "of": source }, "ttl_sec": 0 }));
    }
    desk.done("report_status", json!({ "source": "", "tags": [], "metrics": {}, "ttl_sec": 0 }));
    let briefing = desk.done("get_briefing", json!({ "max_sources": 100 }));
    let sources = briefing["sources"].as_object().expect("sources");
    assert_eq!(sources.len(), 2 * names.len());
    let read = |address: &Value| {
        let address = address.as_str().expect("an address");
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{address}");
        let resource = Resource::read(address).unwrap_or_else(|| panic!("{address} names nothing"));
        resources::answer(&desk.service, &context("team", "alice"), address, &resource).expect("an answer")
    };
    for source in names {
        let shown = &sources[source];
        let alerts = if shown["alerts"].is_null() { shown } else { &shown["alerts"] };
        let found = read(&alerts["drill_down"]);
        let is_there = found.as_array().expect("a list").iter().any(|alert| alert["source"] == source);
        assert!(is_there, "{source:?}: {shown} leads to {found}");
        let stale = &sources[&format!("{source} silent")];
        assert_eq!(read(&stale["drill_down"])["data"]["metrics"]["of"], source, "{stale}");
    }
    assert_eq!(sources["nas"]["drill_down"], "awareness://alerts/nas");
    assert_eq!(sources["my nas/one"]["drill_down"], "awareness://alerts/my%20nas%2Fone");
    // No address names the status of the source without a name.
    assert_eq!((&sources[""]["status"], sources[""].get("drill_down")), (&json!("stale"), None));
}
#[test]
fn a_briefing_of_no_sources_is_refused() {
    let desk = Desk::new();
    for (given, is_refused) in [(json!(0), true), (json!("0"), true), (json!(-1), true), (json!(1), false)] {
        let answer = desk.call("get_briefing", json!({ "max_sources": given }));
        let error = answer.err().map(|refusal| refusal.to_json()["error"].take()).unwrap_or_default();
        let expected =
            if is_refused { (json!("invalid_parameter"), json!("max_sources")) } else { (Value::Null, Value::Null) };
        assert_eq!((error["code"].clone(), error["param"].clone()), expected, "{given}");
    }
}
#[test]
fn a_dry_run_tells_what_would_refuse_the_deletion() {
    let desk = Desk::new();
    let made = desk.done("register_schema", schema(&json!({})));
    let ids: Vec<Value> =
        (0..12).map(|n| desk.done("create_record", record(&n.to_string(), json!(n)))["id"].clone()).collect();
    for choice in [json!({ "tags": ["schema"] }), json!({ "source": "s", "entry_type": "schema" })] {
        let dry = desk.done("delete_entry", choice.clone());
        let mut confirmed = choice.clone();
        confirmed["confirm"] = true.into();
        let refused = desk.refused("delete_entry", confirmed);
        assert_eq!((&refused["entry_id"], &refused["total_count"]), (&made["id"], &json!(12)));
        assert_eq!((&dry["status"], &dry["would_trash"]), (&json!("dry_run"), &json!(0)), "{dry}");
        assert_eq!(dry["would_refuse"], refused, "{choice}");
        assert!(dry["message"].as_str().is_some_and(|message| message.contains("refused")), "{dry}");
    }
    // Records that would go as well are in nobody's way; those that would stay are.
    let all = desk.done("delete_entry", json!({ "source": "s" }));
    assert_eq!((&all["would_trash"], all.get("would_refuse")), (&json!(13), None), "{all}");
    desk.done("update_entry", json!({ "entry_id": ids[3], "source": "elsewhere" }));
    let dry = desk.done("delete_entry", json!({ "source": "s" }));
    let refused = desk.refused("delete_entry", json!({ "source": "s", "confirm": true }));
    assert_eq!((&dry["would_refuse"], &refused["referencing_records"]), (&refused, &json!([ids[3]])));
    assert_eq!(desk.done("get_stats", json!({}))["total"], 13, "nothing went");
}
#[test]
fn whoever_expects_an_entry_that_is_gone_is_told_so_and_makes_none() {
    let desk = Desk::new();
    desk.done("register_schema", schema(&json!({})));
    for (tool, arguments) in [
        ("remember", json!({ "source": "s", "tags": [], "description": "one", "logical_key": "k" })),
        ("create_record", record("r", json!(1))),
        ("set_preference", json!({ "key": "editor", "value": "helix" })),
    ] {
        let id = desk.done(tool, arguments.clone())["id"].clone();
        desk.done("delete_entry", json!({ "entry_id": id }));
        let mut expecting = arguments.clone();
        expecting["expected_updated"] = "2026-01-01T00:00:00Z".into();
        let error = desk.refused(tool, expecting);
        assert_eq!((&error["code"], &error["param"]), (&json!("conflict"), &json!("expected_updated")), "{tool}");
        assert_eq!(error.get("current"), Some(&Value::Null), "{tool}");
        assert_eq!(desk.done("get_stats", json!({}))["total"], 1, "{tool} made one");
        desk.done(tool, arguments);
        desk.done("delete_entry", json!({ "entry_id": id }));
        desk.done("delete_entry", json!({ "source": "s", "entry_type": "note", "confirm": true }));
        desk.done("delete_entry", json!({ "source": "s", "entry_type": "record", "confirm": true }));
    }
    // A note without a key is always a new one.
    let unkeyed = json!({ "source": "s", "tags": [], "description": "two", "expected_updated": "2026-01-01" });
    assert_eq!(desk.done("remember", unkeyed)["status"], "ok");
}
#[test]
fn a_record_comes_back_only_where_its_schema_takes_it_as_it_is_now() {
    let desk = Desk::new();
    let of = |size: &str| schema(&json!({ "type": "object", "properties": { "size": { "type": size } } }));
    let made = desk.done("register_schema", of("integer"))["id"].clone();
    let id = desk.done("create_record", record("old", json!({ "size": 5 })))["id"].clone();
    for gone in [&id, &made] {
        desk.done("delete_entry", json!({ "entry_id": gone }));
    }
    let one = || desk.refused("restore_entry", json!({ "entry_id": id }));
    let many = || desk.done("restore_entry", json!({ "tags": ["record"] }));
    let error = one();
    assert_eq!(
        (&error["code"], &error["schema_ref"], &error["schema_version"]),
        (&json!("schema_not_found"), &json!("f"), &json!("1"))
    );
    assert_eq!(many(), json!({ "status": "ok", "restored": 0, "tags": ["record"], "skipped": [id] }));
    // The same family and version is another schema by now.
    let other = desk.done("register_schema", of("string"))["id"].clone();
    let fits = desk.done("create_record", record("new", json!({ "size": "large" })))["id"].clone();
    desk.done("delete_entry", json!({ "entry_id": fits }));
    let error = one();
    assert_eq!(
        (&error["code"], &error["validation_errors"][0]["path"]),
        (&json!("validation_failed"), &json!("$.size"))
    );
    assert_eq!(many(), json!({ "status": "ok", "restored": 1, "tags": ["record"], "skipped": [id] }));
    let page = desk.done("get_knowledge", json!({ "entry_type": "record" }));
    assert_eq!((&page["entries"][0]["id"], page["entries"].as_array().map(Vec::len)), (&fits, Some(1)));
    // With its own schema back it comes back, too.
    for gone in [&fits, &other] {
        desk.done("delete_entry", json!({ "entry_id": gone }));
    }
    desk.done("restore_entry", json!({ "entry_id": made }));
    assert_eq!(desk.done("restore_entry", json!({ "entry_id": id }))["restored"], 1);
    assert_eq!(kept(&desk), json!({ "size": 5 }));
    whole(&desk);
}

#[test]
fn a_schema_and_its_records_come_back_together() {
    let desk = Desk::new();
    let mut shared = schema(&json!({ "type": "integer" }));
    shared["tags"] = json!(["record"]);
    let made = desk.done("register_schema", shared.clone())["id"].clone();
    for n in 0..3 {
        desk.done("create_record", record(&n.to_string(), json!(n)));
    }
    let trash = json!({ "tags": ["record"], "confirm": true });
    assert_eq!(desk.done("delete_entry", trash.clone())["trashed"], 4);
    let back = json!({ "tags": ["record"] });
    assert_eq!(desk.done("restore_entry", back.clone()), json!({ "status": "ok", "restored": 4, "tags": ["record"] }));
    // Where the schema can't, they can't either.
    assert_eq!(desk.done("delete_entry", trash.clone())["trashed"], 4);
    let taken = json!({ "source": "s", "tags": [], "description": "d", "logical_key": "f:1" });
    let note = desk.done("remember", taken)["id"].clone();
    let answer = desk.done("restore_entry", back.clone());
    assert_eq!((&answer["restored"], answer["skipped"].as_array().map(Vec::len)), (&json!(0), Some(4)), "{answer}");
    desk.done("delete_entry", json!({ "entry_id": note }));
    assert_eq!(desk.done("restore_entry", back.clone())["restored"], 4);
    // What stands now is what they are held against, and not what lies beside them in the trash.
    assert_eq!(desk.done("delete_entry", trash)["trashed"], 4);
    shared["tags"] = json!(["other"]);
    shared["schema"] = json!({ "type": "string" });
    desk.done("register_schema", shared);
    let answer = desk.done("restore_entry", back);
    assert_eq!((&answer["restored"], answer["skipped"].as_array().map(Vec::len)), (&json!(0), Some(4)), "{answer}");
    assert!(answer["skipped"].as_array().is_some_and(|skipped| skipped.contains(&made)));
    whole(&desk);
}
#[test]
fn each_report_of_a_source_is_a_status_of_its_own_that_nobody_read() {
    let desk = Desk::new();
    let report = |load: u32| {
        desk.done("report_status", json!({ "source": "nas", "tags": [], "metrics": { "load": load } }))["id"].clone()
    };
    let unread = || desk.done("get_unread", json!({}))["entries"].clone();
    let first = report(1);
    desk.done("acted_on", json!({ "entry_id": first, "action": "looked" }));
    desk.done("get_status", json!({ "source": "nas" }));
    assert_eq!(unread(), json!([]));
    let second = report(2);
    assert_ne!(first, second);
    assert_eq!((unread()[0]["id"].clone(), unread().as_array().map(Vec::len)), (second.clone(), Some(1)));
    let status = desk.done("get_status", json!({ "source": "nas" }));
    assert_eq!(
        (&status["id"], &status["updated"], &status["data"]["metrics"]),
        (&second, &Value::Null, &json!({ "load": 2 }))
    );
    // The one before is gone for good, and not in the trash; who read it and acted on it is still told.
    assert_eq!(desk.done("get_deleted", json!({}))["entries"], json!([]));
    assert_eq!(desk.done("get_stats", json!({}))["total"], 1);
    assert_eq!(desk.done("get_reads", json!({ "entry_id": first }))["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.done("get_actions", json!({ "entry_id": first }))["entries"][0]["action"], "looked");
    let gone = desk.events("entity_deleted");
    assert_eq!((gone.len(), gone[0].credential.as_deref()), (1, Some("alice")), "one change, and each has its event");
    let briefing = desk.done("get_briefing", json!({}));
    assert_eq!(
        (&briefing["sources"]["nas"]["status"], &briefing["sources"]["nas"]["last_report"]),
        (&json!("ok"), &status["created"])
    );
    whole(&desk);
}

#[test]
fn what_the_database_takes_of_nobody_is_the_callers_mistake_and_no_outage() {
    let desk = Desk::in_postgres();
    let said = |source: &str, description: &str| json!({ "source": source, "tags": [], "description": description });
    let error = desk.refused("remember", said("a\0b", "d"));
    assert_eq!(error["code"], "invalid_parameter");
    assert!(error["message"].as_str().expect("a text").starts_with("`source` has a zero byte"), "{error}");
    // What is said is no column, and neither does the refusal end anything.
    desk.done("remember", said("s", "a\0b"));
    // SQLite takes both.
    Desk::new().done("remember", said("a\0b", "a\0b"));
    whole(&desk);
}
