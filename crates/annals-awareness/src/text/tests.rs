//! What is found by what: an entry's words against a question's.

use annals_store::awareness::{EntryId, EntryType};
use annals_words::{Query, STEMMED, ask};
use serde_json::json;

use super::*;

/// 2026-11-21T12:00:00Z.
const NOON: Timestamp = Timestamp::from_nanos(1_795_262_400_000_000_000);

fn note(language: Option<&str>, description: &str, content: &str) -> Entry {
    let mut entry = Entry::new(EntryId::v4([7; 16]), EntryType::Note, "home-server", NOON);
    entry.language = language.map(str::to_owned);
    entry.data.insert("description".to_owned(), json!(description));
    entry.data.insert("content".to_owned(), json!(content));
    entry
}

/// How many of the question's words the entry has.
fn found(entry: &Entry, question: &str) -> usize {
    let terms = terms_of_entry(entry);
    let has: HashSet<&str> = terms.words().collect();
    let asked = ask(&Query::words(question), None, &STEMMED);
    asked.words.iter().chain(&asked.wholes).filter(|forms| forms.iter().any(|form| has.contains(form.as_str()))).count()
}

#[test]
fn an_entry_without_a_language_is_found_by_its_words_and_their_english_forms() {
    let short = note(None, "disk quotas", "");
    for question in ["disk", "quotas", "quota", "disks"] {
        assert!(found(&short, question) > 0, "`{question}`");
    }
}

#[test]
fn source_tags_key_and_dates_are_found() {
    let mut entry = note(Some("en"), "A note", "");
    entry.tags = vec!["postgres-tuning".to_owned()];
    entry.logical_key = Some("runbook:db_restore".to_owned());
    for question in [
        "home-server",
        "home",
        "server",
        "postgres-tuning",
        "postgres",
        "tuning",
        "db_restore",
        "restore",
        "2026-11-21",
        "2026-11",
        "2026",
        "november",
    ] {
        assert!(found(&entry, question) > 0, "`{question}`");
    }
    assert_eq!(found(&entry, "2026-11-20"), 0, "another day");
    assert_eq!(found(&entry, "2025-11-21"), 0, "another year");
}

#[test]
fn identifiers_paths_and_numbers_are_found_whole_and_by_their_parts() {
    let entry = note(Some("en"), "max_connections is 200", "edit src/text/tokens.rs, parseUrl");
    for question in
        ["max_connections", "connections", "connection", "200", "tokens.rs", "src/text/tokens.rs", "parse", "parseUrl"]
    {
        assert!(found(&entry, question) > 0, "`{question}`");
    }
}

#[test]
fn what_the_original_does_not_index_is_found() {
    let typed = |entry_type, data: Value| {
        let mut entry = Entry::new(EntryId::v4([7; 16]), entry_type, "nas", NOON);
        entry.data = data.as_object().expect("data is an object").clone();
        entry
    };
    let table = [
        (EntryType::Alert, json!({ "message": "disk is full", "details": { "mount": "/srv" } }), "full"),
        (EntryType::Alert, json!({ "message": "disk is full", "details": { "mount": "/srv" } }), "srv"),
        (EntryType::Pattern, json!({ "description": "x", "effect": "expect high load" }), "load"),
        (EntryType::Preference, json!({ "key": "editor", "value": "helix" }), "helix"),
        (EntryType::Status, json!({ "metrics": { "cpu_percent": 87.5 } }), "cpu"),
        (EntryType::Record, json!({ "content": [{ "street": "Elm" }] }), "elm"),
    ];
    for (entry_type, data, question) in table {
        assert!(found(&typed(entry_type, data), question) > 0, "`{question}`");
    }
}
