//! `annals checkpoint`, `annals key`, and a log that was put back.

use std::fs;

use crate::bed::Bed;

const RECORD: [&str; 3] = ["record", "--type", "tool.invoked"];

#[test]
fn a_checkpoint_is_printed_as_the_note_that_other_tools_read() {
    let bed = Bed::new();
    bed.run(&["checkpoint"]).refused(3, &["trail", "hint:"]);
    assert!(!bed.data().exists(), "a question makes no log");
    bed.good(&RECORD);
    bed.good(&RECORD);
    let note = bed.good(&["checkpoint"]).out;
    let lines: Vec<&str> = note.lines().collect();
    assert!(lines[0].starts_with("annals/") && lines[1] == "2" && lines[3].is_empty(), "{note}");
    assert!(lines[4].starts_with(&format!("\u{2014} {} ", lines[0])), "{note}");
    assert_eq!(bed.good(&["checkpoint"]).out, note, "nothing grew, so nothing is signed");
    let row = &bed.good(&["checkpoint", "--json"]).rows()[0];
    assert_eq!((row["size"].as_u64(), row["note"].as_str()), (Some(2), Some(note.as_str())));
    let health = &bed.good(&["health"]).rows()[0];
    assert_eq!((health["sealed_size"].as_u64(), health["key"].as_str()), (Some(2), Some("here")));
    assert!(health["sealed_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{health}");
}

#[test]
fn the_key_is_shown_rotated_lost_and_brought_back() {
    let bed = Bed::new();
    bed.good(&RECORD);
    let shown = |expected: &str| {
        let row = bed.good(&["key", "show"]).rows().remove(0);
        assert_eq!(row["private_key"], expected);
        row["key"].as_str().unwrap().to_owned()
    };
    let old = shown("here");
    let rotation = bed.good(&["key", "rotate"]).out;
    assert_eq!(rotation.lines().skip(4).count(), 2, "signed by both: {rotation}");
    let new = shown("here");
    assert_ne!(old, new);
    let (key, aside) = (bed.data().join("log.key"), bed.file("aside", ""));
    fs::rename(&key, &aside).unwrap();
    bed.good(&RECORD);
    bed.run(&["checkpoint"]).refused(3, &["log.key", "annals key import"]);
    assert_eq!(shown("missing"), new);
    let health = bed.run(&["health", "--check"]);
    assert_eq!((health.code, health.rows()[0]["state"].as_str()), (Some(1), Some("degraded")), "{health:?}");
    bed.run(&["key", "import"]).refused(2, &["FILE"]);
    let wrong = bed.file("wrong", "PRIVATE+KEY+hunter2");
    let refused = bed.run(&["key", "import", wrong.to_str().unwrap()]);
    refused.refused(2, &["no private key"]);
    assert!(!refused.err.contains("hunter2"), "{refused:?}");
    bed.good(&["key", "import", aside.to_str().unwrap()]);
    assert_eq!(shown("here"), new);
    assert_eq!(bed.good(&["checkpoint", "--json"]).rows()[0]["size"], 3);
}

#[test]
fn a_log_that_was_put_back_is_refused_read_and_gone_on_with_when_asked() {
    let bed = Bed::new();
    bed.good(&RECORD);
    let (database, aside) = (bed.data().join("annals.db"), bed.file("aside", ""));
    fs::copy(&database, &aside).unwrap();
    bed.good(&RECORD);
    fs::copy(&aside, &database).unwrap();
    bed.run(&RECORD).refused(3, &["has 1 events", "covers 2", "--accept-rollback"]);
    assert_eq!(bed.count(), 1);
    let health = bed.run(&["health"]);
    assert_eq!((health.code, health.rows()[0]["state"].as_str()), (Some(3), Some("failing")), "{health:?}");
    bed.good(&["record", "--type", "tool.invoked", "--accept-rollback"]);
    bed.good(&RECORD);
    assert_eq!(bed.good(&["count", "--type", "audit.continued"]).rows()[0]["count"], 1);
    assert_eq!(bed.good(&["health"]).rows()[0]["state"], "ok");
}

#[test]
fn a_key_is_shown_whole_and_one_that_others_may_read_is_told() {
    let bed = Bed::new();
    bed.good(&RECORD);
    let shown = bed.good(&["key", "show", "--format", "table"]);
    let key = bed.good(&["key", "show"]).rows()[0]["key"].as_str().unwrap().to_owned();
    assert!(key.len() > 80 && shown.out.contains(&key), "{shown:?}");
    assert!(shown.err.is_empty(), "{shown:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(bed.data().join("log.key"), fs::Permissions::from_mode(0o644)).unwrap();
        let shown = bed.good(&["key", "show"]);
        assert!(shown.err.contains("others on this machine may read") && shown.err.contains("hint:"), "{shown:?}");
    }
    fs::remove_file(bed.data().join("log.key")).unwrap();
    let health = bed.run(&["health", "--check"]);
    assert!(health.err.contains("log.key` is not here"), "{health:?}");
}
