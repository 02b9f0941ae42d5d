//! Errors in the contract's form, and schemas that were made to hurt.

use super::*;

fn person() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "properties": { "name": { "type": "string" }, "tags": { "type": "array", "items": { "type": "string" } } },
    })
}

fn errors_of(schema: &Value, content: &Value) -> Value {
    match Schemas::default().validate(schema, content, "person", "1") {
        Ok(()) => Value::Null,
        Err(refusal) => refusal.to_json()["error"].take(),
    }
}

#[test]
fn all_errors_are_answered_sorted_by_their_place() {
    let error = errors_of(&person(), &json!({ "tags": ["a", 1, "b", 2, "c", "d", "e", "f", "g", "h", 3] }));
    assert_eq!(error["code"], "validation_failed");
    assert_eq!((&error["schema_ref"], &error["schema_version"]), (&json!("person"), &json!("1")));
    let lines: Vec<[&str; 3]> = error["validation_errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| ["path", "validator", "schema_path"].map(|key| line[key].as_str().expect("a text")))
        .collect();
    assert_eq!(
        lines,
        [
            ["$", "required", "/required"],
            ["$.tags[1]", "type", "/properties/tags/items/type"],
            ["$.tags[3]", "type", "/properties/tags/items/type"],
            ["$.tags[10]", "type", "/properties/tags/items/type"],
        ]
    );
    assert_eq!(error.get("truncated"), None);
    assert_eq!(errors_of(&person(), &json!({ "name": "Ada" })), Value::Null);
}

#[test]
fn more_than_fifty_errors_are_counted() {
    let error = errors_of(&json!({ "items": { "type": "string" } }), &json!((0..300).collect::<Vec<_>>()));
    let listed = error["validation_errors"].as_array().expect("a list");
    assert_eq!((listed.len(), &error["truncated"], &error["total_errors"]), (50, &json!(true), &json!(300)));
    assert_eq!(listed[49]["path"], "$[49]");
}

#[test]
fn what_is_no_schema_is_refused() {
    for wrong in
        [json!({ "type": "strin" }), json!({ "required": "a" }), json!({ "minLength": -1 }), json!({ "pattern": "(" })]
    {
        let refusal = check(&wrong).expect_err("no schema");
        assert_eq!(refusal.code(), Code::InvalidSchema, "{wrong}");
    }
    for right in [person(), json!({}), json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "const": 1 })]
    {
        assert_eq!(check(&right), Ok(()), "{right}");
    }
}

#[test]
fn nothing_is_fetched() {
    for outside in ["http://127.0.0.1:9/schema.json", "https://example.com/a.json", "file:///etc/passwd"] {
        let refusal = check(&json!({ "properties": { "a": { "$ref": outside } } })).expect_err("nothing is fetched");
        assert_eq!(refusal.code(), Code::InvalidSchema, "{outside}");
        let refusal = Schemas::default().validate(&json!({ "$ref": outside }), &json!(1), "f", "1");
        assert!(refusal.is_err(), "{outside}");
    }
}

#[test]
fn format_is_not_asserted() {
    assert_eq!(errors_of(&json!({ "format": "email" }), &json!("nobody")), Value::Null);
}

#[test]
fn hostile_schemas_are_refused_or_run_within_bounds() {
    let mut doubling = json!({ "$ref": "#/$defs/d0", "$defs": { "d40": true } });
    for n in 0..40 {
        let next = format!("#/$defs/d{}", n + 1);
        doubling["$defs"][format!("d{n}")] = json!({ "allOf": [{ "$ref": next }, { "$ref": next }] });
    }
    let error = errors_of(&doubling, &json!(1));
    assert_eq!(error["code"], "validation_error");

    for endless in [json!({ "$ref": "#" }), json!({ "anyOf": [{ "$ref": "#" }] })] {
        assert_eq!(check(&endless).expect_err("endless").code(), Code::InvalidSchema);
    }

    let deep = (0..200).fold(json!(true), |inner, _| json!({ "not": inner }));
    assert_eq!(check(&deep).expect_err("too deep").code(), Code::InvalidSchema);
    let allowed = (0..90).fold(json!({ "type": "string" }), |inner, _| json!({ "allOf": [inner] }));
    assert!(check(&allowed).is_err(), "two levels each");

    let huge: Map<String, Value> = (0..20_000).map(|n| (format!("p{n}"), json!({}))).collect();
    assert_eq!(check(&json!({ "properties": huge })).expect_err("too large").code(), Code::InvalidSchema);

    // A recursive schema on content as deep as a parser lets through.
    let nested = json!({ "properties": { "next": { "$ref": "#" } }, "additionalProperties": false });
    let content = (0..120).fold(json!({}), |inner, _| json!({ "next": inner }));
    assert_eq!(errors_of(&nested, &content), Value::Null);
    let doubled = json!({ "properties": { "next": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
    assert_eq!(errors_of(&doubled, &content)["code"], "validation_error");
}

#[test]
fn a_pattern_never_runs_away() {
    let evil = "a".repeat(50_000) + "!";
    // In linear time.
    let error = errors_of(&json!({ "pattern": "^(a+)+$" }), &json!(evil));
    assert_eq!(error["validation_errors"][0]["validator"], "pattern");
    // Looking around, it gives up after some steps, and what can't be told is no match.
    let looking = json!({ "pattern": "^(?=(a+)+b)(a|a)*$" });
    assert_eq!(check(&looking), Ok(()));
    assert_eq!(errors_of(&looking, &json!(evil))["code"], "validation_failed");
    assert_eq!(errors_of(&json!({ "pattern": "^(?!x)a$" }), &json!("a")), Value::Null);
    // Too large a program.
    let large = json!({ "pattern": "((a{1000}){1000}){1000}" });
    assert_eq!(check(&large).expect_err("too large").code(), Code::InvalidSchema);
}

#[test]
fn a_schema_is_compiled_once_and_the_last_used_are_kept() {
    let schemas = Schemas::default();
    let first = person();
    for n in 0..KEPT * 2 {
        schemas.validate(&json!({ "const": n }), &json!(n), "f", "1").expect("it is that");
        schemas.validate(&first, &json!({ "name": "Ada" }), "f", "1").expect("a person");
    }
    let kept = schemas.kept.lock().unwrap();
    assert_eq!(kept.len(), KEPT);
    let digest: [u8; 32] = Sha256::digest(first.to_string().as_bytes()).into();
    assert!(kept.iter().any(|(known, _)| *known == digest), "used all the time");
}
