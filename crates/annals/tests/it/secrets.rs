//! Secrets never reach the disk: `[REDACTED]` in the row, and no byte of them in any file of the data directory, journal and WAL included.
//!
//! The files are searched while the service is open, when the journal and the WAL hold the events, and again after it was closed.
//! The control records the same words where they are no secrets: the same search must find them.

use std::fs;
use std::path::{Path, PathBuf};

use annals::{Audit, Event, Filter, PageRequest, Settings, Value, json};
use annals_testkit::HeldStore;

/// Planted in many forms; each is found by its middle part, which stands in nothing else.
const MARKS: [&str; 8] = [
    "Zq7LplantedA81",
    "Zq7LplantedB82",
    "Zq7LplantedC83",
    "Zq7LplantedD84",
    "Zq7LplantedE85",
    "Zq7LplantedF86",
    "Zq7LplantedG87",
    "Zq7LplantedH88",
];

fn with_secrets() -> Event {
    let [flag, userinfo, query, bearer, variable, nested, header, body] = MARKS;
    Event::new("tool.invoked")
        .tool("bash")
        .actor(format!("bot --password {flag}"))
        .resource(format!("https://admin:{userinfo}@db.example.org/x?api_key={query}"))
        .policy(format!("Authorization: Bearer {bearer}abcdefghijklmnop"))
        .details(json!({
            "env": { "DATABASE_PASSWORD": variable, "depth": [[{ "client_secret": { "nested": nested } }]] },
            "command": format!("curl -H 'X-Api-Key: {header}' https://example.org"),
            "body": format!("{{\"token\": \"{body}\", \"kept\": 1}}"),
        }))
}

/// The same words as harmless text.
fn without_secrets() -> Event {
    Event::new("tool.invoked").tool("bash").details(json!({ "words": MARKS }))
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// Which mark stands in which file.
fn leaks(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let mut leaks = Vec::new();
    for path in files(folder) {
        // The service works meanwhile: a file that is replaced by another has no bytes any more.
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            bytes => bytes.unwrap(),
        };
        for mark in MARKS {
            if bytes.windows(mark.len()).any(|window| window == mark.as_bytes()) {
                leaks.push((path.clone(), mark));
            }
        }
    }
    leaks
}

#[test]
fn no_byte_of_a_secret_is_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    audit.record(with_secrets()).unwrap();
    let names: Vec<PathBuf> = files(folder.path());
    assert!(
        names.iter().any(|path| path.extension().is_some_and(|extension| extension == "seg")),
        "no journal: {names:?}"
    );
    assert_eq!(leaks(folder.path()), []);
    audit.flush().unwrap();
    let names: Vec<PathBuf> = files(folder.path());
    assert!(names.iter().any(|path| path.to_string_lossy().ends_with("-wal")), "no WAL: {names:?}");
    assert_eq!(leaks(folder.path()), []);
    let row = audit.query(&Filter::new(), &PageRequest::default()).unwrap().events.remove(0);
    assert!(MARKS.len() as u64 - 1 <= u64::from(row.n_redacted), "{row:?}");
    let details: Value = row.details.as_deref().unwrap().parse().unwrap();
    assert_eq!(details["env"]["DATABASE_PASSWORD"], "[REDACTED]");
    assert_eq!(details["env"]["depth"][0][0]["client_secret"], "[REDACTED]");
    for text in [row.get(annals::Column::ActorName), row.get(annals::Column::Resource), row.get(annals::Column::Policy)]
    {
        assert!(text.unwrap().contains("[REDACTED]"), "{text:?}");
    }
    audit.close().unwrap();
    assert_eq!(leaks(folder.path()), []);
}

#[test]
fn every_way_in_is_redacted() {
    let folder = tempfile::tempdir().unwrap();
    let synchronous = Audit::with_settings(&Settings::new(folder.path()).mode(annals::Mode::Synchronous)).unwrap();
    synchronous.record(with_secrets()).unwrap();
    synchronous.leave(with_secrets()).unwrap();
    synchronous.begin(with_secrets()).unwrap().fail(&format!("login with password={} refused", MARKS[0])).unwrap();
    synchronous.close().unwrap();
    let store = HeldStore::over(annals_testkit::Memory::new().store());
    let given = Audit::with_store(store).unwrap();
    given.record(with_secrets()).unwrap();
    let row = given.query(&Filter::new(), &PageRequest::default()).unwrap().events.remove(0);
    assert!(!format!("{row:?}").contains("planted"), "{row:?}");
    let bus = annals::EventBus::new();
    let emitting = Audit::open(folder.path()).unwrap();
    let _subscriber = annals::AuditSubscriber::connect_types(&bus, &emitting, ["tool.invoked"]);
    assert_eq!(bus.emit(&with_secrets()).n_failed, 0);
    emitting.flush().unwrap();
    assert_eq!(leaks(folder.path()), []);
}

#[test]
fn the_search_finds_the_same_words_where_they_are_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    audit.record(without_secrets()).unwrap();
    audit.flush().unwrap();
    let found = leaks(folder.path());
    assert!(MARKS.iter().all(|mark| found.iter().any(|(_, leaked)| leaked == mark)), "{found:?}");
}
