//! `--fail-closed`: nothing goes to the server that is not on record.

use super::*;

const CLOSED: &[&str] = &["--fail-closed"];

#[test]
fn with_a_log_it_is_as_without() {
    let bed = Bed::new();
    let mut running = start(&bed, Way::Wrapped, CLOSED, ANSWERS);
    assert_eq!(running.call(1)["result"]["content"][0]["text"], "done");
    let (status, out, err) = running.finished();
    assert!(status.success() && out.is_empty() && err.is_empty());
    assert_eq!(
        brief(&trail(&bed)),
        ["session.created", "tool.invoked intent", "tool.invoked outcome success", "session.ended success",]
    );
}

#[test]
fn without_a_log_no_server_is_started() {
    let bed = Bed::new();
    let mark = bed.data().with_file_name("mark");
    let touch = format!("touch {}", mark.display());
    let refused = |options: &[&str]| {
        let (status, out, err) = start(&bed, Way::Wrapped, options, &touch).finished();
        assert!(out.is_empty() && err.starts_with("annals: ") && err.lines().count() == 1, "{err}");
        assert!(!mark.exists());
        status.code()
    };
    assert_eq!(refused(&["--fail-closed", "--data", "/nowhere/of/all"]), Some(3));
    assert_eq!(refused(&["--fail-closed", "--set", "capture=everything"]), Some(2));
    std::fs::create_dir(bed.data()).unwrap();
    std::fs::write(bed.data().join("annals.db"), "no database at all, and longer than a header of one is; ".repeat(40))
        .unwrap();
    assert_eq!(refused(CLOSED), Some(3));
    // The control: with a log it runs.
    std::fs::remove_file(bed.data().join("annals.db")).unwrap();
    assert!(start(&bed, Way::Wrapped, CLOSED, &touch).finished().0.success());
    assert!(mark.exists());
}

#[test]
fn a_call_that_can_not_be_recorded_is_answered_with_an_error_and_not_passed_on() {
    let bed = Bed::new();
    // Nothing becomes durable while somebody else has the database, and the journal has room for few events.
    bed.good(&["record", "--type", "plan_applied"]);
    let options = ["--fail-closed", "--set", "audit_queue_maxsize=6"];
    let mut running = start(
        &bed,
        Way::Wrapped,
        &options,
        r#"echo '{"jsonrpc":"2.0","method":"ready"}'; while read -r line; do echo "$line" >&2; done"#,
    );
    assert!(running.hear().contains("ready"));
    let other = rusqlite::Connection::open(bed.data().join("annals.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for id in 1..20 {
        running.say(&call(id));
    }
    let refused: Value = serde_json::from_str(&running.hear()).unwrap();
    let first = refused["id"].as_u64().unwrap();
    assert!((2..=8).contains(&first) && refused["error"]["code"] == -32603, "{refused}");
    other.execute_batch("ROLLBACK").unwrap();
    let (status, out, err) = running.finished();
    assert!(status.success());
    // Each call was either passed on or refused, and none both.
    let answers: Vec<Value> = out
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let mut refused: Vec<u64> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    refused.push(first);
    let passed: Vec<u64> =
        err.lines().filter_map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64()).collect();
    let mut all = [refused.clone(), passed.clone()].concat();
    all.sort_unstable();
    assert_eq!(all, (1..20).collect::<Vec<_>>());
    // And what was passed on is on record.
    let rows = trail(&bed);
    for id in passed {
        let resource = format!("f{id}.txt");
        assert!(rows.iter().any(|row| row["phase"] == "intent" && row["resource"] == resource.as_str()), "{id}");
    }
}

#[test]
fn a_line_that_can_not_be_understood_is_refused() {
    let bed = Bed::new();
    let mut running = start(&bed, Way::Wrapped, CLOSED, "exec cat");
    running.say("{\"jsonrpc\": '2.0', \"id\": 1, \"method\": \"tools/call\"}");
    let answer: Value = serde_json::from_str(&running.hear()).unwrap();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &(-32603).into()));
    running.say("{\"id\":2,\"method\":\"ping\"}");
    assert_eq!(running.hear(), "{\"id\":2,\"method\":\"ping\"}\n");
    assert!(running.finished().0.success());
    assert_eq!(brief(&trail(&bed))[1], "session.notified");
}
