//! What is cheap, what is dear, and what never ends.

use serde_json::json;

use super::*;

fn cost(schema: &Value, depth: u32) -> Result<u64, String> {
    Graph::of(schema).cost(schema, depth)
}

#[test]
fn what_people_write_is_cheap_however_deep_the_content() {
    let tree = json!({ "type": "object", "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" } } });
    assert!(cost(&tree, 100).is_ok_and(|looks| looks < 1_000), "{:?}", cost(&tree, 100));
    let plain = json!({ "properties": { "a": { "type": "string" }, "b": { "items": { "type": "number" } } } });
    assert!(cost(&plain, 10).is_ok_and(|looks| looks < 10));
}

#[test]
fn doubling_is_seen_at_one_place_and_through_the_content() {
    let mut schema = json!({ "$ref": "#/$defs/d0", "$defs": { "d40": { "type": "string" } } });
    for n in 0..40 {
        let next = format!("#/$defs/d{}", n + 1);
        schema["$defs"][format!("d{n}")] = json!({ "allOf": [{ "$ref": next }, { "$ref": next }] });
    }
    assert!(cost(&schema, 1).is_ok_and(|looks| looks > 1 << 40));
    let through = json!({ "properties": { "a": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
    assert!(cost(&through, 100).is_ok_and(|looks| looks > 1 << 60));
    assert!(cost(&through, 4).is_ok_and(|looks| looks < 200));
}

#[test]
fn what_never_ends_is_refused() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "not": { "$ref": "#/$defs/b" } }, "b": { "if": { "$ref": "#/$defs/a" } } } }),
        json!({ "$dynamicAnchor": "me", "anyOf": [{ "$dynamicRef": "#me" }] }),
    ] {
        let error = cost(&schema, 4).expect_err("it never ends");
        assert!(error.contains("refers to itself"), "{schema}: {error}");
    }
}

#[test]
fn references_are_resolved_within_the_schema() {
    let within = json!({
        "$id": "https://example.com/root",
        "allOf": [{ "$ref": "#/$defs/a%20b" }, { "$ref": "#here" }, { "$ref": "https://example.com/inner" }, { "$ref": "inner#/$defs/c" }],
        "$defs": {
            "a b": { "type": "string" },
            "x": { "$anchor": "here" },
            "y": { "$id": "https://example.com/inner", "$ref": "#/$defs/c", "$defs": { "c": true } },
        },
    });
    assert!(cost(&within, 2).is_ok(), "{:?}", cost(&within, 2));
    assert!(cost(&json!({ "$ref": META }), 2).is_ok());
    for outside in
        ["https://example.com/other.json", "other.json", "#/$defs/none", "#none", "file:///etc/passwd", "#/%zz"]
    {
        let error = cost(&json!({ "$ref": outside }), 2).expect_err(outside);
        assert!(error.contains("not in it"), "{error}");
    }
}

#[test]
fn size_is_counted_without_recursion() {
    let mut deep = json!(1);
    for _ in 0..100_000 {
        deep = Value::Array(vec![deep]);
    }
    assert_eq!(size(&deep), (100_001, 100_001));
    assert!(small(&deep_of(99)).is_ok());
    assert!(small(&deep_of(100)).is_err());
    // Dropping it would recurse as deep, so it is taken apart by hand.
    while let Value::Array(mut items) = deep {
        deep = items.pop().unwrap_or_default();
    }
}

fn deep_of(levels: u32) -> Value {
    (0..levels).fold(Value::Bool(true), |inner, _| Value::Array(vec![inner]))
}
