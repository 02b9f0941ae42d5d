//! `annals verify`: its exit codes, its lines, and the checkpoint that it keeps for the next time.

use serde_json::Value;

use crate::bed::{Bed, ndjson};
use crate::terminal::on_terminal;

fn recorded(n_events: usize) -> Bed {
    recorded_in(Bed::new(), n_events)
}

fn recorded_in(bed: Bed, n_events: usize) -> Bed {
    let events = bed.file("events.ndjson", ndjson(n_events));
    bed.good(&["record", "--ndjson", events.to_str().unwrap()]);
    bed
}

#[test]
fn a_sound_log_ends_with_0_and_says_by_whose_word() {
    for bed in Bed::of_each_kind() {
        sound(&recorded_in(bed, 20));
    }
}

fn sound(bed: &Bed) {
    let report: Value = serde_json::from_str(&bed.good(&["verify"]).out).unwrap();
    assert_eq!(report["verdict"], "sound");
    assert_eq!(report["n_events"], report["sealed_size"]);
    let key = report["signer"].as_str().unwrap();
    let report: Value = serde_json::from_str(&bed.good(&["verify", "--key", key]).out).unwrap();
    assert_eq!(report["trust"], "--key");
    let shown = on_terminal(bed.command(&["verify"]), 80);
    assert_eq!(shown.code, Some(0));
    let lines: Vec<&str> = shown.out.lines().map(str::trim_end).collect();
    assert!(lines[0].starts_with("Sound: 2"), "{lines:?}");
    assert!(lines.last().unwrap().contains("checkpoints beside the database"), "{lines:?}");
}

#[test]
fn a_broken_log_ends_with_1_and_names_the_first_event() {
    for bed in Bed::of_each_kind() {
        broken(&recorded_in(bed, 20));
    }
}

fn broken(bed: &Bed) {
    bed.change("UPDATE event SET resource = 'elsewhere' WHERE seq = 7");
    let ran = bed.run(&["verify"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["verdict"], "edited");
    assert_eq!(report["findings"][0]["first_seq"], 7);
    let shown = on_terminal(bed.command(&["verify"]), 80);
    assert!(shown.out.starts_with("BROKEN, edited: event 7"), "{}", shown.out);
    assert!(shown.out.contains("Still sound: events 0..6."), "{}", shown.out);
    let too_wide = shown
        .out
        .lines()
        .find(|line| line.trim_end().chars().count() > 80 && line.contains(' ') && !line.contains("annals/"));
    assert_eq!(too_wide, None);
}

#[test]
fn wrong_words_end_with_2_and_what_can_not_be_looked_at_with_3() {
    let bed = recorded(1);
    assert_eq!(bed.run(&["verify", "--key", "nonsense"]).code, Some(2));
    assert_eq!(bed.run(&["verify", "--incremental"]).code, Some(2));
    assert_eq!(bed.run(&["verify", "/nowhere/annals.db"]).code, Some(3));
    let no_database = bed.file("text.db", "this is no database, and never was one of any kind");
    assert_eq!(bed.run(&["verify", no_database.to_str().unwrap()]).code, Some(3));
}

#[test]
fn a_saved_checkpoint_is_where_the_next_verification_begins() {
    for bed in Bed::of_each_kind() {
        incremental(&recorded_in(bed, 30));
    }
}

fn incremental(bed: &Bed) {
    let saved = bed.data().parent().unwrap().join("verified");
    let saved = saved.to_str().unwrap();
    bed.good(&["verify", "--save-checkpoint", saved]);
    let events = bed.file("more.ndjson", ndjson(15));
    bed.good(&["record", "--ndjson", events.to_str().unwrap()]);
    let next = ["verify", "--incremental", "--from-checkpoint", saved, "--save-checkpoint", saved];
    let report: Value = serde_json::from_str(&bed.good(&next).out).unwrap();
    assert_eq!(report["from_size"], 30);
    assert_eq!(report["trust"], "--from-checkpoint");
    let report: Value = serde_json::from_str(&bed.good(&next).out).unwrap();
    assert_eq!(report["from_size"], 45);
    // A broken log leaves what was saved as it is.
    let before = std::fs::read(saved).unwrap();
    bed.change("DELETE FROM event WHERE seq = 44");
    assert_eq!(bed.run(&["verify", "--save-checkpoint", saved]).code, Some(1));
    assert_eq!(std::fs::read(saved).unwrap(), before);
}
