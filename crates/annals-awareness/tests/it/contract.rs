//! Fine print of the contract that no transcript shows: what a null, a text, an empty name or a stale expectation stands for.

use annals::verify;
use serde_json::{Value, json};

use crate::desk::Desk;

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
