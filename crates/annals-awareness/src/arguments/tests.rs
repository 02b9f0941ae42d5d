//! Each leniency with what it does not stretch to.

use serde_json::json;

use super::*;

const KNOWN: [&str; 4] = ["tags", "limit", "confirm", "content"];

fn given(value: Value) -> Arguments {
    let Value::Object(members) = value else { panic!("arguments are an object") };
    Arguments::new(members, &KNOWN)
}

#[test]
fn whole_numbers_may_be_texts() {
    let table = [
        (json!(5), Ok(Some(5))),
        (json!("5"), Ok(Some(5))),
        (json!(" 7 "), Ok(Some(7))),
        (json!(5.0), Ok(Some(5))),
        (json!(0), Ok(Some(0))),
        (json!(null), Ok(None)),
        (json!(-1), Err("`limit` must be at least 0")),
        (json!("-5"), Err("`limit` must be at least 0")),
        (json!(5.5), Err("`limit` must be a whole number")),
        (json!("five"), Err("`limit` must be a whole number")),
        (json!(true), Err("`limit` must be a whole number")),
        (json!(1e300), Err("`limit` must be a whole number")),
    ];
    for (value, expected) in table {
        let answer = given(json!({ "limit": value })).whole("limit", 0);
        assert_eq!(answer.as_ref().map_err(Refusal::message), expected.as_ref().map_err(|text| *text), "{value}");
    }
}

#[test]
fn lists_and_objects_may_be_json_texts() {
    let tags = |value: Value| given(json!({ "tags": value })).list("tags");
    assert_eq!(tags(json!(["a", "b"])), Ok(Some(vec!["a".to_owned(), "b".to_owned()])));
    assert_eq!(tags(json!("[\"a\"]")), Ok(Some(vec!["a".to_owned()])));
    assert_eq!(tags(json!(" [] ")), Ok(Some(vec![])));
    assert_eq!(tags(json!(null)), Ok(None));
    for wrong in [json!("a, b"), json!([1]), json!({ "a": 1 }), json!("[1"), json!("[1]"), json!(3)] {
        let refusal = tags(wrong.clone()).expect_err("no list of texts");
        assert_eq!(refusal.message(), "`tags` must be a list of strings", "{wrong}");
    }
    let content = |value: Value| given(json!({ "content": value })).object("content");
    assert_eq!(content(json!("{\"a\": 1}")).map(|members| members.map(Value::Object)), Ok(Some(json!({ "a": 1 }))));
    assert!(content(json!("[1]")).is_err());
}

#[test]
fn what_is_any_json_is_read_only_where_it_is_a_structure() {
    let table = [
        (json!("{\"a\":1}"), json!({ "a": 1 })),
        (json!("[1]"), json!([1])),
        (json!("1"), json!("1")),
        (json!("true"), json!("true")),
        (json!("{broken"), json!("{broken")),
        (json!(1), json!(1)),
    ];
    for (value, expected) in table {
        assert_eq!(given(json!({ "content": value })).structured("content"), Some(expected));
    }
    assert_eq!(given(json!({ "content": "{\"a\":1}" })).any("content"), Some(json!("{\"a\":1}")));
}

#[test]
fn yes_and_no_have_many_words() {
    for (value, expected) in [(json!(true), true), (json!("true"), true), (json!("No"), false), (json!(0), false)] {
        assert_eq!(given(json!({ "confirm": value })).flag("confirm"), Ok(Some(expected)), "{value}");
    }
    for wrong in [json!("perhaps"), json!(2), json!([])] {
        assert!(given(json!({ "confirm": wrong })).flag("confirm").is_err(), "{wrong}");
    }
}

#[test]
fn an_unknown_argument_is_named_in_warnings_with_the_nearest_known() {
    let arguments = given(json!({ "tag": ["a"], "zzzzzzzz": 1, "limit": 3, "nothing": null }));
    let warnings = arguments.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert_eq!(warnings[0], "unknown argument `tag` was ignored (hint: did you mean `tags`?)");
    assert_eq!(warnings[1], "unknown argument `zzzzzzzz` was ignored");
    assert_eq!(arguments.whole("limit", 0), Ok(Some(3)));
    assert_eq!(arguments.any("tag"), None);
}

#[test]
fn a_thousand_unknown_arguments_are_not_all_named() {
    let many: Map<String, Value> = (0..1_000).map(|n| (format!("other{n}"), json!(1))).collect();
    let arguments = Arguments::new(many, &KNOWN);
    assert_eq!(arguments.warnings().len(), MAX_WARNINGS + 1);
    assert_eq!(arguments.warnings().last().map(String::as_str), Some("990 more unknown arguments were ignored"));
}

#[test]
fn what_is_missing_is_said_to_be() {
    let refusal = given(json!({})).needed_text("content").expect_err("nothing given");
    assert_eq!(refusal.to_json()["error"]["param"], "content");
    assert_eq!(refusal.message(), "`content` is missing");
}
