//! Schemas, and records that follow them.

use serde_json::{Value, json};

use crate::desk::Desk;

fn schema(source: &str, version: &str, of: &str) -> Value {
    json!({
        "source": source, "tags": [], "description": "how a disk is described", "family": "disk", "version": version,
        "schema": { "type": "object", "properties": { "size": { "type": of } }, "required": ["size"] },
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn record(version: &str, content: Value) -> Value {
    json!({
        "source": "nas", "tags": [], "description": "sda", "logical_key": "sda", "schema_ref": "disk", "schema_version": version,
        "content": content,
    })
}

#[test]
fn an_immutable_schema_is_overwritten_by_nothing() {
    let desk = Desk::new();
    let made = desk.done("register_schema", schema("nas", "1", "integer"));
    assert_eq!(made["logical_key"], "disk:1");
    let note =
        json!({ "source": "nas", "tags": ["x"], "description": "mine now", "logical_key": "disk:1", "content": "c" });
    assert_eq!(desk.refused("remember", note)["code"], "schema_immutable");
    let update = json!({ "entry_id": made["id"], "description": "mine now" });
    assert_eq!(desk.refused("update_entry", update)["code"], "schema_immutable");
    let page = desk.done("get_knowledge", json!({ "entry_type": "schema" }));
    assert_eq!(page["entries"][0]["data"]["description"], "how a disk is described");
    assert_eq!(page["entries"][0]["tags"], json!([]));
}

#[test]
fn a_family_and_version_are_registered_once_whatever_the_source() {
    let desk = Desk::new();
    let made = desk.done("register_schema", schema("nas", "1", "integer"));
    for source in ["nas", "other"] {
        let error = desk.refused("register_schema", schema(source, "1", "integer"));
        assert_eq!((&error["code"], &error["existing_id"]), (&json!("schema_already_exists"), &made["id"]), "{source}");
    }
    desk.done("register_schema", schema("other", "2", "integer"));
    assert_eq!(desk.refused("register_schema", schema("nas", "", "integer"))["param"], "version");
    assert_eq!(desk.refused("register_schema", schema("nas", "3", "no type"))["code"], "invalid_schema");
}

#[test]
fn the_pin_of_a_record_follows_the_version_it_was_held_against() {
    let desk = Desk::new();
    let error = desk.refused("create_record", record("1", json!({ "size": 1 })));
    assert_eq!((&error["code"], &error["searched_owners"]), (&json!("schema_not_found"), &json!(["team", "_system"])));
    desk.done("register_schema", schema("nas", "1", "integer"));
    desk.done("register_schema", schema("nas", "2", "string"));
    let error = desk.refused("create_record", record("1", json!({ "size": "large" })));
    assert_eq!(
        (&error["code"], &error["validation_errors"][0]["path"]),
        (&json!("validation_failed"), &json!("$.size"))
    );

    let made = desk.done("create_record", record("1", json!("{\"size\": 1}")));
    assert_eq!(made["action"], "created");
    let again = desk.done("create_record", record("2", json!({ "size": "large" })));
    assert_eq!((&again["action"], &again["id"]), (&json!("updated"), &made["id"]));
    let page = desk.done("get_knowledge", json!({ "entry_type": "record", "include_history": "true" }));
    let data = &page["entries"][0]["data"];
    assert_eq!((&data["schema_version"], &data["content"]), (&json!("2"), &json!({ "size": "large" })));
    assert_eq!(data["changelog"][0]["changed"], json!({ "schema_version": "1", "content": { "size": 1 } }));

    // From now on changes are held against the second version.
    let update = |size: Value| json!({ "entry_id": made["id"], "content": { "size": size } });
    assert_eq!(desk.refused("update_entry", update(json!(2)))["code"], "validation_failed");
    desk.done("update_entry", update(json!("small")));
}
