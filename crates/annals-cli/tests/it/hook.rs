//! `annals hook`: it records, and whatever happens it prints nothing and exits 0.

mod bad;
mod many;
mod waits;

use serde_json::{Value, json};

use crate::bed::{Bed, Ran};

/// A payload of this client's, with what all of them have.
pub(crate) fn payload(event: &str, more: &Value) -> String {
    let mut payload = json!({
        "session_id": "b38d82f5-af0e-4eda-ba50-c63911f35a5c",
        "transcript_path": "/home/ada/.claude/x.jsonl",
        "cwd": "/home/ada/shop",
        "hook_event_name": event,
    });
    for (name, value) in more.as_object().unwrap() {
        payload[name] = value.clone();
    }
    payload.to_string()
}

/// The payload before and the one after a call.
pub(crate) fn call(number: usize) -> [String; 2] {
    let call = json!({
        "tool_name": "Read",
        "tool_use_id": format!("toolu_{number}"),
        "tool_input": { "file_path": format!("/home/ada/shop/src/{number}.rs") },
    });
    let mut result = call.clone();
    result["tool_response"] = json!({ "ok": true });
    [payload("PreToolUse", &call), payload("PostToolUse", &result)]
}

/// What a client sees of a hook that does not block it: nothing.
#[track_caller]
pub(crate) fn silent(ran: &Ran) {
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""));
}

/// Everything on record, the journals included.
pub(crate) fn recorded(bed: &Bed) -> Vec<Value> {
    bed.good(&["query", "--limit", "1000", "--order", "oldest"]).rows()
}

#[test]
fn a_call_is_one_operation_of_two_events() {
    let bed = Bed::new();
    let project = bed.data().parent().unwrap().join("shop");
    std::fs::create_dir_all(project.join(".git")).unwrap();
    std::fs::write(project.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    for text in call(7) {
        let text = text.replace("/home/ada/shop", project.to_str().unwrap());
        silent(&bed.feed(&["hook", "claude-code"], text));
    }
    let rows = recorded(&bed);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["operation_id"], rows[1]["operation_id"]);
    assert_eq!((&rows[0]["phase"], &rows[1]["phase"]), (&json!("intent"), &json!("outcome")));
    assert_eq!(rows[1]["outcome"], "success");
    for row in &rows {
        for (column, text) in [
            ("event_type", "tool.invoked"),
            ("tool", "Read"),
            ("client", "claude-code"),
            ("project_name", "shop"),
            ("resource", "src/7.rs"),
            ("session_id", "b38d82f5-af0e-4eda-ba50-c63911f35a5c"),
        ] {
            assert_eq!(row[column], text, "{row}");
        }
        assert_eq!(row["user_identity"], row["credential"], "the system's user");
        assert!(!row["host"].as_str().unwrap().is_empty());
    }
}

#[test]
fn settings_are_in_force() {
    let bed = Bed::new();
    std::fs::create_dir(bed.data()).unwrap();
    std::fs::write(bed.data().join("annals.toml"), "capture = \"metadata\"\n").unwrap();
    let [before, _] = call(1);
    silent(&bed.feed(&["hook", "claude-code"], &before));
    silent(&bed.feed(&["hook", "claude-code", "--set", "capture=full"], &before));
    let rows = recorded(&bed);
    let arguments = |row: &Value| row["details"]["arguments"].get("file_path").is_some();
    assert_eq!(rows.iter().map(arguments).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn what_the_client_says_beyond_reason_is_recorded_as_such() {
    let bed = Bed::new();
    for text in [
        &b""[..],
        b"not JSON",
        b"[1,2]",
        b"\xff\xfe{",
        b"{}",
        br#"{"hook_event_name":"NotYetInvented","cwd":"relative"}"#,
    ] {
        silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], text));
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], deep));
    let rows = recorded(&bed);
    assert_eq!(rows.len(), 7);
    assert!(rows.iter().all(|row| row["event_type"] == "session.notified"), "{rows:?}");
}

#[test]
fn more_than_anybody_sends_is_told_by_size_and_digest() {
    let bed = Bed::new();
    let n_bytes = (64 << 20) + 1_000;
    silent(&bed.feed(&["hook", "claude-code", "--fail-closed"], vec![b'x'; n_bytes]));
    let rows = recorded(&bed);
    assert_eq!((rows.len(), &rows[0]["details"]["bytes"]), (1, &json!(n_bytes)));
    assert_eq!(rows[0]["details"]["sha256"].as_str().map(str::len), Some(64));
}
