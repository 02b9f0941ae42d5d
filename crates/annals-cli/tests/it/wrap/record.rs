//! What is on record of calls that went well, and of servers that crash, hang, or write anything.

use rustix::process::{Pid, Signal, kill_process};

use super::*;

#[test]
fn calls_are_operations_of_a_session() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, ANSWERS);
    assert_eq!(running.call(1)["id"], 1);
    assert_eq!(running.call(2)["id"], 2);
    assert!(running.finished().0.success());
    let rows = trail(&bed);
    assert_eq!(
        brief(&rows),
        [
            "session.created",
            "tool.invoked intent",
            "tool.invoked outcome success",
            "tool.invoked intent",
            "tool.invoked outcome success",
            "session.ended success",
        ]
    );
    let session = rows[0]["session_id"].as_str().unwrap();
    assert!(rows.iter().all(|row| row["session_id"] == session && row["user_identity"].is_string()));
    assert_eq!(rows[1]["operation_id"], rows[2]["operation_id"]);
    assert_ne!(rows[1]["operation_id"], rows[3]["operation_id"]);
    assert_eq!((&rows[1]["tool"], &rows[1]["resource"]), (&"write".into(), &"f1.txt".into()));
    assert!(rows[2]["duration_ms"].is_u64());
    assert_eq!(rows[2]["details"]["arguments"]["content"]["bytes"], 4);
    assert_eq!(rows[5]["details"]["calls"], 2);
}

#[test]
fn a_server_that_crashes_fails_its_open_calls() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, "read -r line; kill -SEGV $$");
    running.say(&call(1));
    running.ended();
    let rows = trail(&bed);
    assert_eq!(brief(&rows)[1..], ["tool.invoked intent", "tool.invoked outcome failure", "session.ended failure"]);
    assert!(rows[2]["details"]["error"].to_string().contains("SIGSEGV"));
}

#[test]
fn a_server_that_hangs_has_its_open_calls_cancelled_by_whoever_ends_it() {
    let bed = Bed::new();
    let mut running = wrapped(
        &bed,
        "read -r line; echo '{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}'; exec sleep 300",
    );
    running.say(&call(1));
    running.hear();
    kill_process(Pid::from_child(&running.child), Signal::TERM).unwrap();
    running.ended();
    assert_eq!(
        brief(&trail(&bed))[1..],
        ["tool.invoked intent", "tool.invoked outcome cancelled", "session.ended cancelled"]
    );
}

#[test]
fn garbage_passes_and_is_one_event() {
    let bed = Bed::new();
    let script = format!("echo starting; echo '\u{1}\u{2}'; echo '{{}}'; {ANSWERS}");
    let mut running = wrapped(&bed, &script);
    for _ in 0..3 {
        running.hear();
    }
    running.call(1);
    let (status, _, err) = running.finished();
    assert!(status.success() && err.is_empty());
    let rows = trail(&bed);
    assert_eq!(brief(&rows)[1..3], ["tool.invoked intent", "session.notified"]);
    assert_eq!((&rows[2]["details"]["stream"], &rows[2]["details"]["lines"]), (&"stdout".into(), &3.into()));
}

#[test]
fn the_intent_is_there_when_the_server_has_the_call_and_a_killed_wrapper_leaves_it_unknown() {
    let bed = Bed::new();
    let mut running = wrapped(&bed, "while read -r line; do echo got; done; sleep 300");
    running.say(&call(1));
    assert_eq!(running.hear(), "got\n");
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let rows = trail(&bed);
    let rows: Vec<Value> = rows.into_iter().filter(|row| row["event_type"] == "tool.invoked").collect();
    assert_eq!(brief(&rows), ["tool.invoked intent", "tool.invoked outcome unknown"]);
    assert_eq!(rows[0]["operation_id"], rows[1]["operation_id"]);
}

#[test]
fn two_at_once_have_a_session_each() {
    let bed = Bed::new();
    let mut both = [wrapped(&bed, ANSWERS), wrapped(&bed, ANSWERS)];
    for id in 1..=20 {
        for running in &mut both {
            assert_eq!(running.call(id)["id"], id);
        }
    }
    for running in both {
        let (status, _, err) = running.finished();
        assert!(status.success() && err.is_empty(), "{err}");
    }
    let rows = trail(&bed);
    assert_eq!(rows.len(), 2 * (2 + 2 * 20));
    let sessions: std::collections::HashSet<&str> = rows.iter().filter_map(|row| row["session_id"].as_str()).collect();
    assert_eq!(sessions.len(), 2);
    assert!(rows.iter().all(|row| row["phase"] != "outcome" || row["outcome"] == "success"));
}

#[test]
fn nothing_of_a_file_of_secrets_is_anywhere_on_disk() {
    let bed = Bed::new();
    let said = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"path":"app/.env","content":"open-sesame-4711"}}}"#;
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"wrote open-sesame-4711"}]}}"#;
    let answer = bed.file("answer", format!("{answer}\n"));
    let script = format!("read -r line; cat {}", answer.display());
    let mut running = start(&bed, Way::Wrapped, &["--set", "capture=full"], &script);
    running.say(said);
    assert!(running.hear().contains("open-sesame-4711"));
    assert!(running.finished().0.success());
    assert_eq!(trail(&bed)[1]["resource"], "app/.env");
    let bytes = crate::bed::bytes_below(&bed.data());
    let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    assert!(!holds(b"open-sesame-4711"));
    // The control: what is kept is found.
    assert!(holds(b"app/.env"));
}
