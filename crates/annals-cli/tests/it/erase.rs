//! `annals erase` and `annals prune`: shown first, done with `--yes`, and what is left is said.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use annals::{Audit, Event};

use crate::bed::Bed;

const REASON: &str = "case 12";

fn record(bed: &Bed, user: &str, n: usize) {
    let line =
        |n| serde_json::json!({"event_type": "tool.invoked", "user_identity": user, "details": {"n": n, "for": user}});
    let lines: Vec<String> = (0..n).map(|n| line(n).to_string()).collect();
    assert_eq!(bed.feed(&["record", "--ndjson"], lines.join("\n")).code, Some(0));
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    all
}

fn holds(folder: &Path, text: &str) -> bool {
    files(folder).values().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[test]
fn what_would_go_is_shown_and_nothing_written() {
    let bed = Bed::new();
    record(&bed, "ada-lovelace", 3);
    let before = files(&bed.data());
    let shown = bed.good(&["erase", "--user", "ada-lovelace", "--reason", REASON]);
    let row = &shown.rows()[0];
    assert_eq!(
        (&row["count"], &row["first"], &row["last"], &row["done"]),
        (&3.into(), &0.into(), &2.into(), &0.into())
    );
    assert_eq!(row["by_type"], serde_json::json!([{ "type": "tool.invoked", "count": 3 }]));
    let table = bed.good(&["prune", "--before", "now", "--reason", REASON, "--format", "table"]);
    assert!(table.out.starts_with("3 events would be pruned, seq 0 to 2:\n"), "{table:?}");
    assert!(table.out.contains("Nothing was changed"), "{table:?}");
    assert_eq!(files(&bed.data()), before, "a look writes nothing");
}

#[test]
fn with_yes_it_is_gone_and_on_record() {
    let bed = Bed::new();
    record(&bed, "ada-lovelace", 3);
    record(&bed, "grace-hopper", 2);
    let erased = bed.good(&["erase", "--user", "ada-lovelace", "--reason", REASON, "--yes"]);
    let row = &erased.rows()[0];
    assert_eq!(
        (&row["done"], &row["declared"], &row["pending"]),
        (&3.into(), &serde_json::json!([5]), &serde_json::json!([]))
    );
    assert!(!holds(&bed.data(), "ada-lovelace"));
    assert!(holds(&bed.data(), "grace-hopper"));
    let declared = &bed.good(&["query", "--type", "audit.erased"]).rows()[0];
    assert_eq!(declared["details"]["reason"], REASON);
    let again = bed.good(&["erase", "--user", "ada-lovelace", "--reason", REASON, "--yes", "--format", "table"]);
    assert_eq!(again.out, "0 events erased\nNothing of what went is left in the data directory\n");
    let pruned = bed.good(&["prune", "--before", "now", "--type", "tool.*", "--reason", REASON, "--yes"]);
    assert_eq!(pruned.rows()[0]["done"], 2);
    assert_eq!(bed.count(), 7);
}

#[test]
fn what_cannot_go_yet_is_said_and_ends_with_one() {
    let bed = Bed::new();
    let running = Audit::open(bed.data()).unwrap();
    running.record(Event::new("tool.invoked").user("ada-lovelace")).unwrap();
    running.flush().unwrap();
    let pending = bed.run(&["erase", "--user", "ada-lovelace", "--reason", REASON, "--yes"]);
    pending.refused(1, &["pending: ", "journal", "(hint: end that process"]);
    assert_eq!(pending.rows()[0]["done"], 1);
    assert_eq!(pending.rows()[0]["pending"].as_array().map(Vec::len), Some(1));
    running.close().unwrap();
    bed.good(&["erase", "--user", "ada-lovelace", "--reason", REASON, "--yes"]);
    assert!(!holds(&bed.data(), "ada-lovelace"));
}

#[test]
fn what_is_too_young_stays_and_ends_with_one() {
    let bed = Bed::new();
    record(&bed, "ada-lovelace", 1);
    let spared =
        bed.run(&["erase", "--user", "ada-lovelace", "--reason", REASON, "--yes", "--set", "retention_min=30d"]);
    assert_eq!(spared.code, Some(1), "{spared:?}");
    assert_eq!((&spared.rows()[0]["done"], &spared.rows()[0]["too_young"]), (&0.into(), &1.into()));
    assert!(holds(&bed.data(), "ada-lovelace"));
}

#[test]
fn mistakes_are_told_in_a_line() {
    let bed = Bed::new();
    bed.run(&["erase", "--user", "ada", "--reason", REASON, "--yes"]).refused(3, &["is not there"]);
    assert!(!bed.data().exists(), "an erasure makes no log");
    record(&bed, "ada", 1);
    bed.run(&["erase", "--reason", REASON]).refused(2, &["--user", "--event"]);
    bed.run(&["erase", "--user", "ada"]).refused(2, &["--reason"]);
    bed.run(&["erase", "--user", "ada", "--reason", "for Ada"]).refused(2, &["`reason` names the user"]);
    bed.run(&["erase", "--event", "x", "--reason", REASON]).refused(2, &["`x` is no event id"]);
    bed.run(&["erase", "--event", "01a0a0a0-0000-7000-8000-000000000000", "--reason", REASON])
        .refused(1, &["is no event of this log"]);
    bed.run(&["prune", "--reason", REASON]).refused(2, &["--before"]);
    bed.run(&["prune", "--before", "now", "--rows", "--type", "tool.*", "--reason", REASON]).refused(2, &["--rows"]);
    bed.run(&["prune", "--before", "now", "--type", "tool.invokd", "--reason", REASON]).refused(2, &["tool.invoked"]);
}

#[test]
fn what_speaks_about_the_log_stays_and_that_is_said() {
    let bed = Bed::new();
    record(&bed, "ada-lovelace", 1);
    bed.good(&["erase", "--user", "ada-lovelace", "--reason", REASON, "--yes"]);
    let declared = bed.good(&["query", "--type", "audit.erased"]).rows()[0]["id"].as_str().unwrap().to_owned();
    let kept = bed.good(&["erase", "--event", &declared, "--reason", REASON, "--yes"]);
    assert_eq!((&kept.rows()[0]["done"], &kept.rows()[0]["kept_for_ever"]), (&0.into(), &1.into()));
    let table = bed.good(&["erase", "--event", &declared, "--reason", REASON, "--yes", "--format", "table"]);
    assert!(table.out.contains("1  speak about the log itself and stay"), "{table:?}");
}

#[test]
fn a_copy_that_a_restore_put_aside_is_pending() {
    let bed = Bed::new();
    record(&bed, "ada-lovelace", 2);
    let backup = bed.file("b.db", "");
    fs::remove_file(&backup).unwrap();
    let backup = backup.to_str().unwrap();
    bed.good(&["backup", backup]);
    let restored = bed.good(&["restore", backup, "--replace"]);
    let aside = restored.rows()[0]["aside"].as_str().unwrap().to_owned();
    let erase = ["erase", "--user", "ada-lovelace", "--reason", REASON, "--yes"];
    bed.run(&erase).refused(1, &["pending: ", &aside, "2 of the events", "remove that file"]);
    fs::remove_file(aside).unwrap();
    bed.good(&erase);
    assert!(!holds(&bed.data(), "ada-lovelace"));
}

#[test]
fn several_who_erase_at_once_all_come_to_their_end() {
    let bed = Bed::new();
    for user in ["ada-lovelace", "grace-hopper"] {
        record(&bed, user, 2_000);
    }
    let erase = |user: &'static str| move |bed: &Bed| bed.run(&["erase", "--user", user, "--reason", REASON, "--yes"]);
    let rans: Vec<crate::bed::Ran> = std::thread::scope(|scope| {
        let runs =
            ["ada-lovelace", "grace-hopper", "ada-lovelace", "grace-hopper", "ada-lovelace", "nobody"].map(|user| {
                let (bed, run) = (&bed, erase(user));
                scope.spawn(move || run(bed))
            });
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for ran in &rans {
        // Whoever was in another's way to the end says what is left.
        let is_pending = ran.code == Some(1) && ran.err.starts_with("annals: pending: ");
        assert!(ran.code == Some(0) || is_pending, "{rans:#?}");
    }
    bed.good(&["erase", "--user", "nobody", "--reason", REASON, "--yes"]);
    assert!(!holds(&bed.data(), "ada-lovelace") && !holds(&bed.data(), "grace-hopper"));
    bed.good(&["verify"]);
}
