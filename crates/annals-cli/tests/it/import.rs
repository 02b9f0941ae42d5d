//! `annals record --ndjson`: many lines, and what becomes of the bad ones.

use crate::bed::{Bed, finish, ndjson, spawn};

/// The bad lines of the issue, each with what its message must say.
fn bad_lines() -> Vec<(Vec<u8>, &'static [&'static str])> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        (text("not json"), &["`event`", "not JSON"]),
        (text("[1,2]"), &["`event`", "JSON object"]),
        (text(""), &["empty"]),
        (text("   "), &["empty"]),
        (
            [b"{\"event_type\":\"tool.invoked\",\"tool\":\"".as_slice(), &vec![b'x'; 10_000_000], b"\"}"].concat(),
            &["10000039 bytes", "hint:"],
        ),
        (
            text(&format!(
                "{{\"event_type\":\"tool.invoked\",\"details\":{}{}}}",
                "{\"a\":".repeat(10_000),
                "}".repeat(10_000)
            )),
            &["nested deeper"],
        ),
        (text("{\"event_type\":\"tool.invoked\",\"tool\":\"a\\u0000b\"}"), &["`tool`", "NUL"]),
        (b"{\"event_type\":\"tool.invoked\",\"tool\":\"a\0b\"}".to_vec(), &["NUL"]),
        (b"{\"event_type\":\"tool.invoked\",\"tool\":\"\xff\"}".to_vec(), &["UTF-8"]),
        (text("{\"event_type\":\"tool.invoked\",\"details\":{\"n\":9007199254740992}}"), &["`details.n`", "2^53"]),
        (text("{\"event_type\":\"tool.invokd\"}"), &["`event_type`", "did you mean `tool.invoked`?"]),
        (text("{\"event_type\":\"tool.invoked\",\"tol\":\"x\"}"), &["`tol`", "did you mean `tool`?"]),
        (text("{\"event_type\":\"tool.invoked\",\"seq\":7}"), &["`seq`", "set by Annals"]),
        (
            text("{\"event_type\":\"tool.invoked\",\"recorded_at\":\"2026-11-20T00:00:00Z\"}"),
            &["`recorded_at`", "`occurred_at`"],
        ),
        (text("{\"event_type\":\"tool.invoked\",\"id\":\"2026-11-20\"}"), &["`id`", "set by Annals"]),
        (text("{\"tool\":\"x\"}"), &["`event_type`"]),
        (text("{\"event_type\":\"tool.invoked\",\"duration_ms\":\"12\"}"), &["`duration_ms`"]),
    ]
}

#[test]
fn bad_lines_are_named_and_the_others_go_on() {
    let bed = Bed::new();
    let lines = bad_lines();
    let mut input = Vec::new();
    for (line, _) in &lines {
        input.extend_from_slice(line);
        input.extend_from_slice(b"\n{\"event_type\":\"tool.invoked\",\"tool\":\"good\"}\n");
    }
    let ran = bed.feed(&["record", "--ndjson"], input);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    let mut told = ran.err.lines();
    for (index, (_, parts)) in lines.iter().enumerate() {
        let message = told.next().unwrap();
        assert!(message.starts_with(&format!("annals: line {}: ", 2 * index + 1)), "{message}");
        for part in *parts {
            assert!(message.contains(part), "`{part}` is missing in {message}");
        }
    }
    assert_eq!(
        told.next(),
        Some(format!("annals: {} events recorded, {} bad lines", lines.len(), lines.len()).as_str())
    );
    assert_eq!(told.next(), None);
    assert_eq!(bed.count(), lines.len() as u64);
}

#[test]
fn strict_records_all_or_nothing() {
    let bed = Bed::new();
    let bad = format!("{}{{\"event_type\":\"nonsense\"}}\n", ndjson(50));
    let file = bed.file("bad.ndjson", &bad);
    for ran in [
        bed.feed(&["record", "--ndjson", "-", "--strict"], &bad),
        bed.run(&["record", "--strict", "--ndjson", file.to_str().unwrap()]),
    ] {
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.err.contains("line 51: `event_type`") && ran.err.contains("nothing recorded: 1 of 51 lines"),
            "{}",
            ran.err
        );
        assert!(!bed.data().join("annals.db").exists());
    }
    // The size of details is found before anything is recorded, too.
    let large =
        format!("{}{{\"event_type\":\"tool.invoked\",\"details\":{{\"a\":\"{}\"}}}}\n", ndjson(5), "x".repeat(70_000));
    assert_eq!(bed.feed(&["record", "--ndjson", "--strict"], large).code, Some(1));
    assert!(!bed.data().join("annals.db").exists());
    let good = bed.file("good.ndjson", ndjson(50));
    assert_eq!(bed.feed(&["record", "--ndjson", "-", "--strict"], ndjson(50)).code, Some(0));
    bed.good(&["record", "--strict", "--ndjson", good.to_str().unwrap()]);
    assert_eq!(bed.count(), 100);
}

#[test]
fn lines_keep_their_order_and_the_last_needs_no_newline() {
    let bed = Bed::new();
    let input = ndjson(500);
    let ran = bed.feed(&["record", "--ndjson"], input.trim_end());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "annals: 500 events recorded\n"));
    let rows = bed.good(&["query", "--order", "oldest", "--limit", "1000"]).rows();
    let numbers: Vec<_> = rows.iter().map(|row| row["details"]["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..500).collect::<Vec<_>>());
}

#[test]
fn lines_may_end_as_on_windows() {
    let bed = Bed::new();
    let ran = bed.feed(&["record", "--ndjson"], ndjson(3).replace('\n', "\r\n"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "annals: 3 events recorded\n"));
}

#[test]
fn where_the_database_cannot_be_had_the_events_stay_and_it_is_told() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let other = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let arguments = ["record", "--ndjson", "--set", "audit_record_timeout=300ms"];
    let ran = bed.feed(&arguments, ndjson(10));
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("10 events recorded, not all of them durable yet"), "{}", ran.err);
    let told = bed.good(&["query"]).err;
    assert!(told.contains("up to 10 events wait"), "{told}");
    // What doesn't fit the queue stops the reading, and no line is lost without a word.
    let ran = bed.feed(&[&arguments[..], &["--set", "audit_queue_maxsize=5"]].concat(), ndjson(10));
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("5 events recorded") && ran.err.contains("line 6: "), "{}", ran.err);
    other.execute_batch("COMMIT").unwrap();
    bed.good(&["record", "--type", "tool.invoked"]);
    assert_eq!(bed.count(), 17);
}

#[test]
fn an_empty_input_is_done_at_once() {
    let bed = Bed::new();
    let ran = bed.feed(&["record", "--ndjson"], "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "annals: 0 events recorded\n"));
    bed.run(&["record", "--ndjson", "nowhere.ndjson"]).refused(3, &["`nowhere.ndjson`"]);
    bed.run(&["record", "--ndjson", bed.file("x", "").parent().unwrap().to_str().unwrap()]).refused(3, &["directory"]);
}

#[test]
fn two_processes_record_into_one_directory() {
    let bed = Bed::new();
    let file = bed.file("events.ndjson", ndjson(3_000));
    let arguments = ["record", "--ndjson", file.to_str().unwrap()];
    let children = [spawn(&mut bed.command(&arguments)), spawn(&mut bed.command(&arguments))];
    for ran in children.map(finish) {
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(bed.count(), 6_000);
    // Each producer's events are in its order.
    let mut last = std::collections::HashMap::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut arguments = vec!["query", "--order", "oldest", "--limit", "1000"];
        arguments.extend(cursor.iter().flat_map(|cursor| ["--cursor", cursor.as_str()]));
        let rows = bed.good(&arguments).rows();
        let Some(row) = rows.last() else { break };
        let next = row["cursor"].as_str().unwrap().to_owned();
        for row in &rows {
            let n = row["details"]["n"].as_u64().unwrap();
            let before = last.insert(row["producer"].as_str().unwrap().to_owned(), n);
            assert_eq!(before.map_or(0, |before| before + 1), n);
        }
        cursor = Some(next);
    }
    assert_eq!(last.into_values().collect::<Vec<_>>(), [2_999, 2_999]);
}

#[test]
fn strict_from_a_pipe_keeps_no_secret_on_a_disk() {
    let bed = Bed::new();
    let secret = "hunter2-from-the-pipe";
    let line = format!(
        "{{\"event_type\":\"tool.invoked\",\"tool\":\"login\",\"phase\":\"outcome\",\"operation_id\":\"o\",\"outcome\":\"success\",\"duration_ms\":7,\"details\":{{\"password\":\"{secret}\",\"n\":1}}}}\n"
    );
    let mut child = spawn(bed.command(&["record", "--ndjson", "--strict"]).stdin(std::process::Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    let n_lines = 4_000;
    std::io::Write::write_all(&mut stdin, line.repeat(n_lines).as_bytes()).unwrap();
    // The pipe stays open, so that it is still checking; its files are found by what it has open, since the one for the lines has no name.
    let open = format!("/proc/{}/fd", child.id());
    let deadline = std::time::Instant::now() + crate::bed::DEADLINE;
    loop {
        let kept: Vec<u8> = std::fs::read_dir(&open)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()))
            .flat_map(|path| std::fs::read(path).unwrap_or_default())
            .collect();
        let kept = String::from_utf8_lossy(&kept);
        assert!(!kept.contains(secret), "a secret is on the disk");
        if kept.contains("[REDACTED]") {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "nothing is kept");
        std::thread::yield_now();
    }
    drop(stdin);
    let ran = finish(child);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "annals: 4000 events recorded\n"));
    assert!(!String::from_utf8_lossy(&crate::bed::bytes_below(bed.data().parent().unwrap())).contains(secret));
    let row = &bed.good(&["query", "--limit", "1"]).rows()[0];
    assert_eq!(
        (row["tool"].as_str(), row["duration_ms"].as_u64(), row["details"]["n"].as_u64()),
        (Some("login"), Some(7), Some(1))
    );
    assert_eq!(row["details"]["password"], "[REDACTED]");
}

#[test]
fn an_import_drops_nothing_that_may_be_shed_elsewhere() {
    let bed = Bed::new();
    let shed = ["--set", "audit_sheddable=resource_modified", "--set", "audit_queue_maxsize=2"];
    let ran = bed.feed(&[&["record", "--ndjson"][..], &shed].concat(), ndjson(3_000));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "annals: 3000 events recorded\n"));
    assert_eq!(bed.count(), 3_000);
}

#[test]
fn what_the_database_refuses_is_not_counted_as_recorded() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let database = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON event WHEN new.resource = 'file-3' BEGIN SELECT RAISE(ABORT, 'no'); END";
    database.execute_batch(refuse).unwrap();
    drop(database);
    let ran = bed.feed(&["record", "--ndjson"], ndjson(10));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("9 events recorded, 1 event refused by the database"), "{}", ran.err);
}
