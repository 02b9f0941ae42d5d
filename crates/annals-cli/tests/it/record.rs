//! `annals record` with one event.

use crate::bed::Bed;

#[test]
fn a_recorded_event_has_an_id_and_a_number() {
    let bed = Bed::new();
    let first = bed.good(&["record", "--type", "tool.invoked", "--tool", "bash"]).rows();
    let second = bed.good(&["record", "--type", "tool.invoked", "--tool", "bash"]).rows();
    assert_eq!((first[0]["seq"].as_u64(), second[0]["seq"].as_u64()), (Some(0), Some(1)));
    let id = first[0]["id"].as_str().unwrap();
    let row = &bed.good(&["get", id]).rows()[0];
    assert_eq!((row["id"].as_str(), row["seq"].as_u64()), (Some(id), Some(0)));
    let table = bed.good(&["record", "--type", "tool.invoked", "--format", "table"]).out;
    assert!(table.trim_end().ends_with("  seq 2"), "{table}");
}

#[test]
fn every_flag_arrives_in_its_column() {
    let bed = Bed::new();
    let columns = [
        "operation-id",
        "on-behalf-of",
        "agent-version",
        "model",
        "client",
        "root-plan-id",
        "correlation-id",
        "parent-id",
        "tool",
        "resource",
        "policy",
        "approver",
        "host",
        "actor-name",
        "user-identity",
        "project-name",
        "plan-id",
        "session-id",
    ];
    let mut arguments = vec!["record".to_owned(), "--event-type".to_owned(), "tool.completed".to_owned()];
    arguments.extend(columns.iter().flat_map(|column| [format!("--{column}"), format!("the {column}")]));
    let more = [
        ("--traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("--decision", "allow"),
        ("--phase", "outcome"),
        ("--outcome", "success"),
        ("--duration-ms", "12"),
        ("--occurred-at", "2026-11-20T14:30:00+02:00"),
        ("--details", "{\"a\":[1,2]}"),
    ];
    arguments.extend(more.iter().flat_map(|(flag, value)| [(*flag).to_owned(), (*value).to_owned()]));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    bed.good(&arguments);
    let row = &bed.good(&["query"]).rows()[0];
    for column in columns {
        assert_eq!(row[column.replace('-', "_")], format!("the {column}"));
    }
    assert_eq!((row["event_type"].as_str(), row["decision"].as_str()), (Some("tool.completed"), Some("allow")));
    assert_eq!(
        (row["phase"].as_str(), row["outcome"].as_str(), row["duration_ms"].as_u64()),
        (Some("outcome"), Some("success"), Some(12))
    );
    assert_eq!(row["occurred_at"], "2026-11-20T12:30:00.000000000Z");
    assert_eq!(row["details"], serde_json::json!({"a": [1, 2]}));
    assert_eq!(row["cursor"], "n0");
    // The short names are the same flags.
    bed.good(&[
        "record",
        "--type",
        "plan_applied",
        "--actor",
        "a",
        "--user",
        "b",
        "--project",
        "c",
        "--plan",
        "d",
        "--session",
        "e",
    ]);
    let row = &bed.good(&["query", "--type", "plan_applied"]).rows()[0];
    for (column, text) in
        [("actor_name", "a"), ("user_identity", "b"), ("project_name", "c"), ("plan_id", "d"), ("session_id", "e")]
    {
        assert_eq!(row[column], text);
    }
}

#[test]
fn details_come_from_a_file_and_from_standard_input() {
    let bed = Bed::new();
    let file = bed.file("details.json", "{\"from\":\"file\"}\n");
    bed.good(&["record", "--type", "tool.invoked", "--details", &format!("@{}", file.display())]);
    let fed = bed.feed(&["record", "--type", "tool.invoked", "--details", "-"], "{\"from\":\"input\"}");
    assert_eq!(fed.code, Some(0), "{fed:?}");
    let rows = bed.good(&["query", "--order", "oldest"]).rows();
    assert_eq!((&rows[0]["details"]["from"], &rows[1]["details"]["from"]), (&"file".into(), &"input".into()));
    bed.run(&["record", "--type", "tool.invoked", "--details", "@nowhere.json"])
        .refused(3, &["`details`", "`nowhere.json`"]);
}

#[test]
fn an_accepted_event_waits_in_a_file_and_the_next_record_makes_it_durable() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked", "--tool", "first"]);
    let left = bed.good(&["record", "--type", "tool.invoked", "--tool", "left", "--wait", "accepted"]).rows();
    let id = left[0]["id"].as_str().unwrap().to_owned();
    assert!(left[0].get("seq").is_none());
    let query = bed.good(&["query"]);
    assert_eq!(query.rows().len(), 1);
    assert!(
        query.err.contains("1 event waits") && query.err.contains("hint:") && query.err.lines().count() == 1,
        "{}",
        query.err
    );
    let health = &bed.good(&["health"]).rows()[0];
    assert_eq!(
        (&health["state"], &health["queued"], &health["journals"][0]["state"]),
        (&"degraded".into(), &1.into(), &"dead".into())
    );
    bed.good(&["record", "--type", "tool.invoked", "--tool", "last"]);
    let query = bed.good(&["query"]);
    assert_eq!((query.rows().len(), query.err.as_str()), (3, ""));
    assert_eq!(bed.good(&["get", &id]).rows()[0]["tool"], "left");
    assert_eq!(bed.good(&["health"]).rows()[0]["state"], "ok");
}

#[test]
fn secrets_never_reach_the_disk() {
    let bed = Bed::new();
    // Put together here, so that no scanner takes this file for a leak.
    let secret = ["gh", "p_", &"a1B2c3D4e5F6".repeat(3)].concat();
    let details = format!("{{\"password\":\"hunter2-{secret}\",\"note\":\"uses {secret}\"}}");
    let url = format!("https://ada:{secret}@example.org/");
    bed.good(&["record", "--type", "tool.invoked", "--resource", &url, "--details", &details]);
    bed.good(&["record", "--type", "tool.invoked", "--resource", &url, "--details", &details, "--wait", "accepted"]);
    let line = format!("{{\"event_type\":\"tool.invoked\",\"resource\":\"{url}\",\"details\":{details}}}\n");
    for strict in [&["record", "--ndjson"][..], &["record", "--ndjson", "--strict"]] {
        assert_eq!(bed.feed(strict, &line).code, Some(0));
    }
    let bytes = crate::bed::bytes_below(&bed.data());
    assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    // The control: what is no secret is there.
    assert!(bytes.windows(11).any(|window| window == b"example.org"));
    assert!(bed.good(&["query"]).out.contains("[REDACTED]"));
}

#[test]
fn where_the_lock_cannot_be_had_in_time_the_event_is_accepted() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked", "--tool", "first"]);
    let other = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ran = bed.run(&["record", "--type", "tool.invoked", "--tool", "second", "--set", "audit_record_timeout=200ms"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("accepted and not yet durable") && ran.err.contains("hint:") && ran.err.lines().count() == 1,
        "{}",
        ran.err
    );
    assert!(ran.rows()[0].get("id").is_some() && ran.rows()[0].get("seq").is_none(), "{ran:?}");
    other.execute_batch("COMMIT").unwrap();
    bed.good(&["record", "--type", "tool.invoked", "--tool", "third"]);
    let tools: Vec<String> = bed
        .good(&["query", "--order", "oldest"])
        .rows()
        .iter()
        .map(|row| row["tool"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(tools.len(), 3);
    assert!(tools.contains(&"second".to_owned()), "{tools:?}");
}

#[test]
fn health_names_a_journal_that_nobody_can_drain() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked", "--tool", "left", "--wait", "accepted"]);
    let journal = std::fs::read_dir(bed.data().join("journal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&journal).unwrap();
    // Both copies of the header: nobody can tell any more for which database it was written.
    bytes[..256].fill(0x5a);
    std::fs::write(&journal, &bytes).unwrap();
    bed.good(&["record", "--type", "tool.invoked", "--tool", "last"]);
    let health = &bed.good(&["health"]).rows()[0];
    assert_eq!((&health["state"], &health["journals"][0]["state"]), (&"degraded".into(), &"damaged".into()));
    let table = bed.good(&["health", "--format", "table"]).out;
    assert!(table.contains("damaged and left alone"), "{table}");
    assert_eq!(std::fs::read(&journal).unwrap(), bytes, "it is left alone");
}
