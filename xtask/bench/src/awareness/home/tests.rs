//! A home has what it says, and is the same home each time.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{FIXED, Kind, N_SOURCES, N_TEXTS, Vocabulary, write};

/// The lines of a home of so many entries, and what its notes say.
fn home(n_entries: u32) -> (Vec<Value>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("home.ndjson");
    let texts = write(&file, &Vocabulary::new(), n_entries).unwrap();
    let lines = std::fs::read_to_string(file).unwrap();
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), texts)
}

#[test]
fn there_are_as_many_of_each_type_as_a_home_has() {
    let (lines, texts) = home(3_000);
    assert_eq!(lines.len(), 3_002);
    assert_eq!(texts.len(), N_TEXTS);
    let entries: Vec<&Value> = lines.iter().filter_map(|line| line.get("entry")).collect();
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for entry in &entries {
        let entry_type = entry["type"].as_str().unwrap();
        let is_standing = entry["data"]["resolved"] == false;
        *counts.entry(if is_standing { "standing" } else { entry_type }).or_default() += 1;
    }
    for (kind, n) in FIXED {
        let name = match kind {
            Kind::StandingAlert => "standing",
            Kind::Status => "status",
            Kind::Suppression => "suppression",
            Kind::Pattern => "pattern",
            _ => "intention",
        };
        assert_eq!(counts[name], n, "{name}");
    }
    let ids: HashSet<&str> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3_000);
    let statuses = entries.iter().filter(|entry| entry["type"] == "status");
    let sources: HashSet<&str> = statuses.map(|entry| entry["source"].as_str().unwrap()).collect();
    assert_eq!(sources.len(), N_SOURCES as usize);
    assert!(entries.windows(2).all(|pair| pair[0]["created"].as_str() <= pair[1]["created"].as_str()));
}

#[test]
fn the_same_number_makes_the_same_but_for_the_times() {
    let said = |n_entries| {
        let (lines, texts) = home(n_entries);
        let ids: Vec<String> = lines.iter().map(|line| line["entry"]["id"].to_string()).collect();
        (ids, texts)
    };
    assert_eq!(said(1_000), said(1_000));
    assert_ne!(said(1_000).1, said(1_001).1);
}
