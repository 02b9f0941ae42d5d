//! `annals show`: an event with all its fields, a session as a tree, and beginnings.

use crate::bed::Bed;

#[test]
fn an_event_shows_all_its_fields() {
    let bed = Bed::new();
    let id = bed
        .good(&[
            "record",
            "--type",
            "tool.invoked",
            "--tool",
            "bash",
            "--session",
            "S-1",
            "--details",
            "{\"command\":\"ls\",\"env\":{\"A\":[1,2]}}",
        ])
        .rows()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for text in [id.as_str(), &id[..6], &id.replace('-', "")[..20], &id.to_uppercase()] {
        let ran = bed.good(&["show", text, "--format", "table"]);
        for line in [
            format!("id           {id}"),
            "tool         bash".to_owned(),
            "details      {".to_owned(),
            "               \"command\": \"ls\",".to_owned(),
        ] {
            assert!(ran.out.lines().any(|it| it == line), "`{line}` is missing in\n{}", ran.out);
        }
        assert_eq!(bed.good(&["show", text]).rows()[0]["id"], id.as_str());
    }
    assert_eq!(bed.good(&["get", &id, "--format", "table"]).out, bed.good(&["show", &id, "--format", "table"]).out);
}

#[test]
fn a_session_is_a_tree() {
    let bed = Bed::new();
    for line in [
        "{\"event_type\":\"tool.invoked\",\"session_id\":\"S-1\",\"actor_name\":\"bot\",\"tool\":\"deploy\",\"phase\":\"intent\",\"operation_id\":\"op-1\"}",
        "{\"event_type\":\"tool.invoked\",\"session_id\":\"S-1\",\"actor_name\":\"bot\",\"tool\":\"bash\",\"parent_id\":\"op-1\",\"outcome\":\"failure\",\"duration_ms\":5,\"details\":{\"command\":\"make\"}}",
        "{\"event_type\":\"tool.invoked\",\"session_id\":\"S-1\",\"actor_name\":\"bot\",\"tool\":\"deploy\",\"phase\":\"outcome\",\"operation_id\":\"op-1\",\"outcome\":\"success\",\"duration_ms\":1200}",
        "{\"event_type\":\"plan_applied\",\"session_id\":\"S-10\",\"plan_id\":\"P-7\"}",
    ] {
        assert_eq!(bed.feed(&["record", "--ndjson"], line).code, Some(0));
    }
    let ran = bed.good(&["show", "S-1", "--format", "table"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("session S-1: 3 events in ") && lines[0].ends_with(", agent bot"), "{}", lines[0]);
    assert_eq!(lines[1], "2 calls, 1 failed");
    assert!(lines[2].contains("deploy") && lines[2].contains("success") && lines[2].ends_with("1200"), "{}", lines[2]);
    assert!(lines[3].contains("└─ ✗ bash  make") && lines[3].contains("failure"), "{}", lines[3]);
    assert_eq!(lines.len(), 4);
    let rows = bed.good(&["show", "S-1"]).rows();
    assert_eq!(rows.iter().map(|row| row["cursor"].as_str().unwrap()).collect::<Vec<_>>(), ["o0", "o1", "o2"]);
    // A whole name beats a longer one; a beginning of both is told.
    let ran = bed.run(&["show", "S"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("session S-1\n") && ran.err.contains("session S-10") && ran.err.contains("hint:"),
        "{}",
        ran.err
    );
    assert_eq!(bed.good(&["show", "S-10"]).rows().len(), 1);
}

#[test]
fn an_ambiguous_id_lists_its_candidates() {
    let bed = Bed::new();
    let ids: Vec<String> = (0..2)
        .map(|_| bed.good(&["record", "--type", "tool.invoked"]).rows()[0]["id"].as_str().unwrap().to_owned())
        .collect();
    let ran = bed.run(&["show", &ids[0][..4]]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    for id in &ids {
        assert!(ran.err.contains(&format!("event {id}")), "{}", ran.err);
    }
}

#[test]
fn every_end_of_an_operation_is_seen() {
    let bed = Bed::new();
    let event = |kind: &str, rest: &str| {
        format!(
            "{{\"event_type\":\"{kind}\",\"session_id\":\"S-1\",\"tool\":\"deploy\",\"operation_id\":\"op-1\",{rest}}}\n"
        )
    };
    let lines = [
        event("tool.invoked", "\"phase\":\"intent\""),
        event("tool.invoked", "\"phase\":\"outcome\",\"outcome\":\"success\",\"duration_ms\":12"),
        event("tool.invoked", "\"phase\":\"outcome\",\"outcome\":\"failure\",\"duration_ms\":13"),
        event("plan_applied", "\"phase\":\"outcome\",\"outcome\":\"success\",\"plan_id\":\"P-7\""),
    ];
    assert_eq!(bed.feed(&["record", "--ndjson"], lines.concat()).code, Some(0));
    let ran = bed.good(&["show", "S-1", "--format", "table"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("session S-1: 4 events"), "{}", ran.out);
    assert_eq!(lines[1], "1 call, 1 failed");
    assert!(lines[2].contains("deploy") && lines[2].contains("success") && lines[2].ends_with("12"), "{}", ran.out);
    assert!(
        lines[3].contains("├─ ✗ tool.invoked") && lines[3].contains("failure") && lines[3].ends_with("13"),
        "{}",
        ran.out
    );
    assert!(lines[4].contains("└─ plan_applied  plan P-7") && lines[4].contains("success"), "{}", ran.out);
}

#[test]
fn a_session_cannot_hide_an_event() {
    let bed = Bed::new();
    let id =
        bed.good(&["record", "--type", "tool.invoked", "--tool", "seen"]).rows()[0]["id"].as_str().unwrap().to_owned();
    bed.good(&["record", "--type", "tool.invoked", "--tool", "hijacker", "--session", &id]);
    let ran = bed.good(&["show", &id]);
    assert_eq!(ran.rows()[0]["tool"], "seen");
    assert!(ran.err.contains(&format!("`{id}` too")) && ran.err.contains(&format!("--session {id}`")), "{}", ran.err);
    // A beginning that both have is told.
    let ran = bed.run(&["show", &id[..30]]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains(&format!("event {id}")) && ran.err.contains(&format!("session {id}")), "{}", ran.err);
}

#[test]
fn the_head_says_where_by_whom_and_whether_it_is_over() {
    let bed = Bed::new();
    let event = |kind: &str, rest: &str| {
        format!(
            "{{\"event_type\":\"{kind}\",\"session_id\":\"S-1\",\"project_name\":\"shop\",\"client\":\"cli\",\"actor_name\":\"cli\",\"user_identity\":\"ada\",\"host\":\"box\"{rest}}}\n"
        )
    };
    let head = || {
        let lines: Vec<String> =
            bed.good(&["show", "S-1", "--format", "table"]).out.lines().skip(1).take(2).map(str::to_owned).collect();
        assert_eq!(lines[0], "project shop, client cli, user ada, host box");
        lines[1].clone()
    };
    let add = |line: String| assert_eq!(bed.feed(&["record", "--ndjson"], line).code, Some(0));
    let state = || bed.good(&["sessions"]).rows()[0]["state"].clone();
    add(event("tool.invoked", ",\"tool\":\"bash\",\"phase\":\"intent\",\"operation_id\":\"op-1\""));
    // Nobody said that it would end.
    assert_eq!((head().as_str(), state()), ("1 call, 1 begun", serde_json::Value::Null));
    add(event("session.created", ""));
    assert_eq!((head().as_str(), state()), ("1 call, 1 begun, no end yet", "open".into()));
    add(event("session.ended", ""));
    assert!(head().starts_with("1 call, 1 with an unknown end, ended "), "{}", head());
    assert_eq!(state(), "ended");
    // A client may go on with it.
    add(event("session.created", ""));
    assert_eq!((head().as_str(), state()), ("1 call, 1 with an unknown end, no end yet", "open".into()));
    let database = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    database.execute("UPDATE event SET recorded_at = recorded_at - 25 * 3600 * 1000000000", []).unwrap();
    assert_eq!(
        (head().as_str(), state()),
        ("1 call, 1 with an unknown end, no end on record and silent for a day", "silent".into())
    );
}

#[test]
fn a_session_of_two_days_tells_the_day() {
    let bed = Bed::new();
    for kind in ["session.created", "session.ended"] {
        bed.good(&["record", "--type", kind, "--session", "S-1"]);
    }
    let times = || {
        let table = bed.good(&["show", "S-1", "--format", "table"]).out;
        table.lines().skip(2).map(|line| line.split("  ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let database = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    let midnight = 1_577_923_200_000_000_000_i64;
    for (before, shown) in [(-1, ["2020-01-01 23:59", "2020-01-02 00:00"]), (0, ["00:00:00", "00:00:00"])] {
        for (seq, at) in [(0, midnight + before), (1, midnight)] {
            database.execute("UPDATE event SET recorded_at = ?1 WHERE seq = ?2", [at, seq]).unwrap();
        }
        assert_eq!(times(), shown);
    }
}

#[test]
fn a_part_of_a_session_is_called_a_part() {
    let bed = Bed::new();
    let add = |n: usize| {
        bed.feed(&["record", "--ndjson"], "{\"event_type\":\"tool.invoked\",\"session_id\":\"S-1\"}\n".repeat(n))
    };
    let show = || bed.good(&["show", "S-1", "--format", "table"]);
    add(10_000);
    let whole = show();
    assert!(whole.out.starts_with("session S-1: 10000 events in ") && whole.err.is_empty(), "{}", whole.err);
    add(1);
    let part = show();
    assert!(part.out.starts_with("session S-1: the first 10000 events in "), "{}", &part.out[..80]);
    let (_, cursor) = part.err.split_once("--cursor ").unwrap();
    let rest = bed.good(&["query", "--session", "S-1", "--cursor", cursor.split('`').next().unwrap()]);
    assert_eq!(rest.rows().len(), 1);
}
