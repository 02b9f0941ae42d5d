//! What is stored, what is kept of before, and who is told of a conflict.

use annals_store::awareness::EntryType;
use serde_json::json;

use super::*;

/// 2026-11-21T12:00:00Z, and a second later.
const NOON: Timestamp = Timestamp::from_nanos(1_795_262_400_000_000_000);
const LATER: Timestamp = Timestamp::from_nanos(1_795_262_401_000_000_000);

fn note() -> Entry {
    let mut entry = Entry::new(EntryId::v4([1; 16]), EntryType::Note, "nas", NOON);
    entry.tags = vec!["a".to_owned()];
    entry.data.insert("description".to_owned(), json!("old"));
    entry
}

#[test]
fn a_field_that_is_new_is_stored_and_told_in_the_history() {
    let mut entry = note();
    let change = Wished::default().with("content", Some("first")).apply(&mut entry, LATER).expect("something differs");
    assert_eq!(entry.data["content"], "first");
    assert_eq!(entry.updated, Some(LATER));
    assert_eq!(Value::Object(change.changed), json!({ "content": null }));
}

#[test]
fn what_differs_is_changed_and_the_rest_left_alone() {
    let table = [
        (Wished::default().with("description", Some("new")), json!({ "description": "old" })),
        (Wished { source: Some("other".to_owned()), ..Wished::default() }, json!({ "source": "nas" })),
        (Wished { tags: Some(vec![]), ..Wished::default() }, json!({ "tags": ["a"] })),
        (Wished { language: Some(Some("de")), ..Wished::default() }, json!({ "language": "simple" })),
        (
            Wished { tags: Some(vec!["a".to_owned()]), ..Wished::default() }.with("description", Some("new")),
            json!({ "description": "old" }),
        ),
    ];
    for (wished, was) in table {
        let mut entry = note();
        let change = wished.clone().apply(&mut entry, LATER).expect("something differs");
        assert_eq!(Value::Object(change.changed), was, "{wished:?}");
        assert_eq!(change.at, LATER);
    }
}

#[test]
fn nothing_that_differs_is_no_change() {
    for wished in [
        Wished::default(),
        Wished::default().with("description", Some("old")),
        Wished { tags: Some(vec!["a".to_owned()]), language: Some(None), ..Wished::default() },
    ] {
        let mut entry = note();
        assert_eq!(wished.apply(&mut entry, LATER), None);
        assert_eq!(entry, note());
    }
}

#[test]
fn two_changes_never_have_one_time() {
    let mut entry = note();
    for n in 0..50 {
        let before = entry.touched();
        Wished::default().with("description", Some(format!("d{n}"))).apply(&mut entry, NOON).expect("it differs");
        assert!(before < entry.touched(), "change {n}");
    }
}

#[test]
fn an_expected_time_that_is_not_the_entrys_is_a_conflict_with_the_current_value() {
    let mut entry = note();
    assert_eq!(expect_unchanged(&entry, None), Ok(()));
    assert_eq!(expect_unchanged(&entry, Some(NOON)), Ok(()), "never changed: `created` is its time");
    Wished::default().with("description", Some("new")).apply(&mut entry, LATER).expect("it differs");
    assert_eq!(expect_unchanged(&entry, Some(LATER)), Ok(()));
    let refusal = expect_unchanged(&entry, Some(NOON)).expect_err("somebody was faster");
    let error = &refusal.to_json()["error"];
    assert_eq!(error["code"], "conflict");
    assert_eq!(error["current"]["data"]["description"], "new");
    assert_eq!(error["current"]["updated"], "2026-11-21T12:00:01.000000+00:00");
}

#[test]
fn content_is_text_spaced_as_the_original_spaces_it() {
    let table = [
        (json!("as  it is"), "as  it is"),
        (json!({ "b": [1, true, null], "a": { "c": "é\"" } }), r#"{"a": {"c": "é\""}, "b": [1, true, null]}"#),
        (json!([]), "[]"),
        (json!(1.5), "1.5"),
    ];
    for (content, text) in table {
        assert_eq!(content_text(&content), text);
    }
}

#[test]
fn related_entries_are_ids_none_twice_and_never_oneself() {
    let own = EntryId::v4([1; 16]);
    let other = EntryId::v4([2; 16]).to_string();
    let given = [other.clone(), format!(" {} ", other.to_uppercase()), own.to_string()];
    assert_eq!(related(&given, Some(own)), Ok(json!([other])));
    assert!(related(&["x".to_owned()], None).is_err());
}
