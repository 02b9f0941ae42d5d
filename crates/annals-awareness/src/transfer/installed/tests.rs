//! What becomes of a row, and what is told of one that makes no sense.

use annals_event::Timestamp;
use serde_json::json;

use super::{InstalledEntry, InstalledUser, LANGUAGES, language, preferences, read};

const ID: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

fn row(data: &str) -> InstalledEntry<'_> {
    InstalledEntry {
        id: ID,
        entry_type: "note",
        source: "ops",
        tags: "[\"nas\"]",
        created: at(10),
        updated: Some(at(20)),
        expires: None,
        deleted: None,
        logical_key: Some("backup"),
        language: Some("pg_catalog.english"),
        data,
    }
}

#[test]
fn the_changelog_becomes_the_history() {
    let data = json!({
        "description": "new",
        "changelog": [
            { "updated": "1970-01-01T00:00:15.000001+00:00", "changed": { "description": "oldest" } },
            { "updated": "1970-01-01T00:00:20+00:00", "changed": { "description": "old" } },
        ],
    })
    .to_string();
    let Ok((entry, changes)) = read(&row(&data), "alice") else { panic!("a row as it is there") };
    assert_eq!((entry.id.to_string().as_str(), entry.source.as_str()), (ID, "ops"));
    assert_eq!(entry.data, json!({ "description": "new" }).as_object().cloned().unwrap());
    assert_eq!((entry.language.as_deref(), entry.credential.as_str()), (Some("en"), "alice"));
    assert_eq!((entry.logical_key.as_deref(), entry.tags.as_slice()), (Some("backup"), &["nas".to_owned()][..]));
    let told: Vec<_> =
        changes.iter().map(|change| (change.at.as_nanos(), change.changed["description"].clone())).collect();
    assert_eq!(told, [(15_000_001_000, json!("oldest")), (20_000_000_000, json!("old"))]);
}

#[test]
fn the_trash_gives_the_end_back() {
    let data = json!({ "description": "d", "_original_expires": "1970-01-01T00:01:40+00:00" }).to_string();
    let trashed = InstalledEntry { deleted: Some(at(30)), expires: Some(at(2_592_030)), ..row(&data) };
    let Ok((entry, _)) = read(&trashed, "alice") else { panic!("a row as it is there") };
    assert_eq!((entry.deleted, entry.expires), (Some(at(30)), Some(at(100))));
    assert!(!entry.data.contains_key("_original_expires"));
    let without = InstalledEntry { data: "{}", ..trashed };
    let Ok((entry, _)) = read(&without, "alice") else { panic!("a row as it is there") };
    assert_eq!(entry.expires, None, "the end of the trash is none of the entry's");
}

#[test]
fn every_language_has_a_code_that_is_known() {
    for (name, code) in LANGUAGES {
        assert_eq!(language(name), Some(code), "{name}");
    }
    assert_eq!((language("simple"), language("klingon")), (None, None));
}

#[test]
fn what_makes_no_sense_is_named() {
    let good = row("{}");
    let bad = [
        (InstalledEntry { id: "7", ..good }, "`id` is no UUID"),
        (InstalledEntry { entry_type: "thought", ..good }, "`type`"),
        (InstalledEntry { tags: "{}", ..good }, "`tags`"),
        (InstalledEntry { data: "[]", ..good }, "`data`"),
        (InstalledEntry { data: "{\"changelog\":[{}]}", ..good }, "`data.changelog`"),
        (
            InstalledEntry { data: "{\"_original_expires\":\"soon\"}", deleted: Some(at(1)), ..good },
            "`_original_expires`",
        ),
    ];
    assert!(read(&good, "alice").is_ok());
    for (row, part) in bad {
        let Err(problem) = read(&row, "alice") else { panic!("{part}") };
        let problem = problem.into_text();
        assert!(problem.contains(part) && problem.contains("alice"), "{problem}");
    }
}

#[test]
fn what_a_user_set_becomes_preferences_with_lasting_ids() {
    let user = InstalledUser {
        name: "alice",
        created: at(1),
        timezone: Some("Europe/Berlin"),
        preferences: "{\"theme\":\"dark\",\"n\":3}",
    };
    let Ok(made) = preferences(&user, "alice") else { panic!("preferences") };
    let said: Vec<_> =
        made.iter().map(|entry| (entry.text("key"), entry.text("value"), entry.source.as_str())).collect();
    let global = |key, value| (Some(key), Some(value), "global");
    assert_eq!(said, [global("n", "3"), global("theme", "dark"), global("timezone", "Europe/Berlin")]);
    let Ok(again) = preferences(&user, "alice") else { panic!("preferences") };
    assert_eq!(made, again);
    let utc = InstalledUser { timezone: Some("UTC"), preferences: "{}", ..user };
    assert!(preferences(&utc, "alice").is_ok_and(|none| none.is_empty()));
}
