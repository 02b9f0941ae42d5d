//! Both forms, key by key.

use annals_store::awareness::EntryId;

use super::*;
use annals_words::LANGUAGES;

/// 2026-11-21T12:00:00Z.
const NOON: Timestamp = Timestamp::from_nanos(1_795_262_400_000_000_000);

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn entry(entry_type: EntryType, data: Value) -> Entry {
    let mut entry = Entry::new(EntryId::v4([0; 16]), entry_type, "nas", NOON);
    entry.tags = vec!["b".to_owned(), "a".to_owned()];
    entry.data = data.as_object().expect("data is an object").clone();
    entry
}

#[test]
fn the_full_form_has_the_keys_of_the_contract() {
    let mut note = entry(EntryType::Note, json!({ "description": "d", "learned_from": "conversation" }));
    assert_eq!(
        Value::Object(full(&note)),
        json!({
            "id": "00000000-0000-4000-8000-000000000000",
            "type": "note",
            "source": "nas",
            "tags": ["b", "a"],
            "created": "2026-11-21T12:00:00.000000+00:00",
            "updated": null,
            "expires": null,
            "data": { "description": "d", "learned_from": "conversation" },
        })
    );
    note.logical_key = Some("k".to_owned());
    note.language = Some("en".to_owned());
    note.updated = Some(NOON);
    let shown = full(&note);
    assert_eq!(shown["logical_key"], "k");
    assert_eq!(shown["language"], "english");
    assert_eq!(shown["updated"], "2026-11-21T12:00:00.000000+00:00");
}

#[test]
fn the_form_of_a_list_describes_each_type_as_the_contract_does() {
    let table = [
        (entry(EntryType::Note, json!({ "description": "d", "content": "c" })), "d"),
        (entry(EntryType::Alert, json!({ "message": "m" })), "m"),
        (entry(EntryType::Status, json!({ "metrics": {} })), ""),
        (entry(EntryType::Preference, json!({ "key": "k", "value": "v" })), ""),
        (entry(EntryType::Note, json!({ "message": "m" })), ""),
    ];
    for (entry, description) in table {
        let shown = listed(&entry);
        assert_eq!(shown["description"], description, "{entry:?}");
        assert_eq!(shown.len(), 7, "no data, no expiry: {shown:?}");
    }
    let shown = listed(&entry(EntryType::Intention, json!({ "goal": "g", "state": "pending" })));
    assert_eq!((&shown["goal"], &shown["state"], &shown["description"]), (&json!("g"), &json!("pending"), &json!("")));
}

#[test]
fn history_stands_in_the_data_where_there_is_any() {
    let note = entry(EntryType::Note, json!({ "description": "new" }));
    assert_eq!(with_history(&note, &[]), full(&note));
    let was = Change { at: NOON, changed: json!({ "description": "old" }).as_object().expect("an object").clone() };
    assert_eq!(
        with_history(&note, &[was])["data"]["changelog"],
        json!([{ "updated": "2026-11-21T12:00:00.000000+00:00", "changed": { "description": "old" } }])
    );
}

#[test]
fn what_is_in_the_trash_shows_when_it_leaves_it() {
    let mut context = entry(EntryType::Context, json!({ "description": "d" }));
    context.deleted = Some(NOON);
    context.expires = Some(NOON);
    let shown = trashed(&context, Mode::Full);
    assert_eq!(shown["expires"], "2026-12-21T12:00:00.000000+00:00");
    assert_eq!(shown["data"]["_original_expires"], "2026-11-21T12:00:00.000000+00:00");
    assert_eq!(trashed(&context, Mode::List), listed(&context));
}

#[test]
fn every_language_has_its_name() {
    for code in LANGUAGES {
        assert_eq!(language_code(language_name(code)), Some(code), "{code}");
    }
    assert_eq!(Mode::of(Some("list")), Mode::List);
    assert_eq!(Mode::of(Some("List")), Mode::Full);
    assert_eq!(Mode::of(None), Mode::Full);
}
