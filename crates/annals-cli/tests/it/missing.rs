//! Is anything missing? `health` says so in a sentence, and a script by its exit code.

use crate::bed::Bed;

/// The first line for a person, and the exit code for a script.
fn answer(bed: &Bed, more: &[&str]) -> (String, Option<i32>) {
    let table = bed.good(&[&["health", "--format", "table"], more].concat()).out;
    // Words, since a sentence has as many lines as it needs.
    let sentence: Vec<&str> = table.lines().take_while(|line| !line.starts_with("state ")).collect();
    let row = bed.good(&[&["health"], more].concat()).rows().remove(0);
    assert_eq!(row["missing"], sentence.join(" "));
    (sentence.join(" "), bed.run(&[&["health", "--check"], more].concat()).code)
}

#[test]
fn a_whole_log_says_so() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let whole = "Nothing is missing: 1 event on record, no gaps, nothing waits.";
    assert_eq!(answer(&bed, &[]), (whole.to_owned(), Some(0)));
}

#[test]
fn where_nothing_was_recorded_yet_nothing_is_wrong() {
    let bed = Bed::new();
    assert_eq!(bed.run(&["health"]).code, Some(3), "a directory that is not there may be a slip of the pen");
    std::fs::create_dir(bed.data()).unwrap();
    // A watcher has no log to watch yet, and must not take that for a good one.
    assert_eq!(answer(&bed, &[]), ("Nothing was recorded here yet.".to_owned(), Some(1)));
    assert_eq!(bed.good(&["health"]).rows()[0]["state"], "ok");
    assert_eq!(bed.run(&["health", "--database-url", "sqlite:elsewhere.db"]).code, Some(3));

    bed.good(&["record", "--type", "tool.invoked", "--wait", "accepted"]);
    assert!(answer(&bed, &[]).0.starts_with("Nothing is lost, but not everything is here yet: 1 event"));
    bed.good(&["record", "--type", "tool.invoked"]);
    std::fs::remove_file(bed.data().join("annals.db")).unwrap();
    let ran = bed.run(&["health"]);
    assert_eq!(ran.code, Some(3), "a database that is gone is no database that is new: {}", ran.out);
}

#[test]
fn what_waits_is_not_lost() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    bed.good(&["record", "--type", "tool.invoked", "--wait", "accepted"]);
    let (sentence, code) = answer(&bed, &[]);
    assert!(sentence.starts_with("Nothing is lost, but not everything is here yet: 1 event still"), "{sentence}");
    assert_eq!(code, Some(1));
    bed.good(&["record", "--type", "tool.invoked"]);
    assert_eq!(answer(&bed, &[]).1, Some(0));
}

#[test]
fn a_declared_loss_is_told_with_its_reason() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let database = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    // An event that the database refuses for itself.
    database.execute_batch("CREATE TRIGGER refuse BEFORE INSERT ON event WHEN new.tool = 'refused' BEGIN SELECT RAISE(ABORT, 'no'); END").unwrap();
    let input = "{\"event_type\":\"tool.invoked\",\"tool\":\"refused\"}\n";
    bed.feed(&["record", "--ndjson"], input);
    database.execute_batch("DROP TRIGGER refuse").unwrap();
    let (sentence, code) = answer(&bed, &[]);
    assert!(
        sentence.starts_with("Something is missing: 1 event refused by the database and put aside (hint: "),
        "{sentence}"
    );
    assert_eq!(code, Some(1));
    let table = bed.good(&["query", "--type", "audit.gap", "--format", "table"]).out;
    assert!(table.contains("1 event lost: dead_letter"), "{table}");
    // What is known already need not fail for ever.
    let (sentence, code) = answer(&bed, &["--since", "2200-01-01"]);
    assert!(sentence.starts_with("Nothing is missing since then: "), "{sentence}");
    assert_eq!(code, Some(0));
}

#[test]
fn an_event_that_a_hook_could_not_keep_is_told() {
    let bed = Bed::new();
    std::fs::create_dir(bed.data()).unwrap();
    // Neither the database nor a journal can be used.
    let in_the_way = ["annals.db", "journal"].map(|name| bed.data().join(name));
    for path in &in_the_way {
        std::fs::write(path, "this is nothing that its name says".repeat(100)).unwrap();
    }
    let payload = "{\"session_id\":\"S-1\",\"hook_event_name\":\"Stop\",\"cwd\":\"/\"}";
    assert_eq!(bed.feed(&["hook", "claude-code"], payload).code, Some(0));
    for path in &in_the_way {
        std::fs::remove_file(path).unwrap();
    }
    bed.good(&["record", "--type", "tool.invoked"]);
    let (sentence, code) = answer(&bed, &[]);
    assert!(sentence.starts_with("Something is missing: at least 1 event of a hook since "), "{sentence}");
    assert_eq!(code, Some(1));
    assert_eq!(bed.good(&["health"]).rows()[0]["lost_hook_events"], 1);
}
