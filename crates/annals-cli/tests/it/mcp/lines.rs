//! What `annals mcp` writes: lines of JSON and nothing else, whatever goes wrong, to the end of its input or of its life.

use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::bed::{Bed, finish, lines, spawn};

const DEADLINE: Duration = Duration::from_mins(1);

/// A running `annals mcp`. Dropping it kills it.
pub(super) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
}

impl Server {
    pub(super) fn start(bed: &Bed, arguments: &[&str]) -> Self {
        let mut command = bed.command(&[&["mcp"], arguments].concat());
        let mut child = spawn(command.stdin(Stdio::piped()));
        let (input, output) = (child.stdin.take(), lines(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    pub(super) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
    }

    pub(super) fn call(&mut self, id: u64, tool: &str, arguments: &Value) {
        let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
        self.say(&call.to_string());
    }

    /// The next line, which must be an object of JSON.
    #[track_caller]
    pub(super) fn heard(&self) -> Value {
        let line = self.output.recv_timeout(DEADLINE).expect("an answer in time");
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value.is_object() && value["jsonrpc"] == "2.0", "{line}");
        value
    }

    /// Ends the input, and answers the exit code, what was said till then, and standard error.
    pub(super) fn end(mut self) -> (Option<i32>, Vec<Value>, String) {
        drop(self.input.take());
        let mut rest = Vec::new();
        while let Ok(line) = self.output.recv_timeout(DEADLINE) {
            rest.push(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")));
        }
        let ran = finish(std::mem::replace(&mut self.child, gone()));
        (ran.code, rest, ran.err)
    }
}

/// A child that has ended, to stand in for one that was taken.
fn gone() -> Child {
    std::process::Command::new("true").stdin(Stdio::null()).spawn().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_was_asked_before_the_input_ended_is_answered_and_recorded() {
    let bed = Bed::new();
    let mut server = Server::start(&bed, &[]);
    for n in 0..50 {
        let wait = if n % 10 == 0 { "sealed" } else { "accepted" };
        server.call(n, "record_event", &json!({"event_type": "tool.invoked", "tool": format!("t{n}"), "wait": wait}));
    }
    let (code, answers, err) = server.end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..50).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| answer["result"]["isError"] == false), "{answers:?}");
    let rows = bed.good(&["query", "--type", "tool.invoked", "--limit", "100", "--json"]).rows();
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row["space"] == "default" && row["credential"].is_string()));
}

#[test]
fn who_still_listens_holds_up_no_end() {
    let bed = Bed::new();
    let mut server = Server::start(&bed, &[]);
    let listen = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {
        "notifications": {"resourceSubscriptions": ["awareness://briefing"]},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }});
    server.say(&listen.to_string());
    assert_eq!(server.heard()["method"], "notifications/subscriptions/acknowledged");
    // It is answered as one that was ended well, and standard error has no word of a wait in vain.
    let (code, said, err) = server.end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(said.iter().any(|message| message["id"] == 1 && message["result"].is_object()), "{said:?}");
}

#[test]
fn the_handshake_needs_no_database_and_a_broken_one_writes_no_line_that_is_not_json() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "plan_applied"]);
    // A database that is none: nothing that is asked of it succeeds.
    std::fs::write(bed.data().join("annals.db"), vec![b'x'; 8192]).unwrap();
    let mut server = Server::start(&bed, &[]);
    server.say(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"probe","version":"1"}}}"#);
    assert_eq!(server.heard()["result"]["serverInfo"]["name"], "annals");
    server.call(2, "query_events", &json!({}));
    let answer = server.heard();
    let error = &answer["result"]["structuredContent"]["error"];
    assert_eq!((&answer["result"]["isError"], &error["code"]), (&json!(true), &json!("unavailable")), "{answer}");
    // Neither what the database said nor where it lies.
    let told = answer.to_string();
    assert!(!told.contains("annals.db") && !told.contains("SQLite") && !told.contains("file is not"), "{told}");
    for line in ["not json", "[]", "{}"] {
        server.say(line);
    }
    server.call(3, "record_event", &json!({"event_type": "tool.invoked"}));
    server.call(4, "verify_log", &json!({}));
    server.say(r#"{"jsonrpc":"2.0","id":5,"method":"tools/list"}"#);
    let (_, answers, err) = server.end();
    assert!(answers.iter().any(|answer| answer["id"] == 5 && answer["result"]["tools"].is_array()), "{answers:?}");
    assert!(!err.is_empty(), "what is wrong is told on standard error");
}

#[test]
fn a_request_to_stop_ends_it_and_nothing_that_was_answered_is_lost() {
    for signal in [Signal::TERM, Signal::INT] {
        let bed = Bed::new();
        let mut server = Server::start(&bed, &["--tools", "core"]);
        server.call(1, "record_event", &json!({"event_type": "tool.invoked", "tool": "last"}));
        assert_eq!(server.heard()["result"]["isError"], false);
        server.say(r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#);
        let tools = server.heard()["result"]["tools"].as_array().unwrap().len();
        assert_eq!(tools, 9);
        kill_process(Pid::from_child(&server.child), signal).unwrap();
        // Its input stays open.
        let child = std::mem::replace(&mut server.child, gone());
        let ran = finish(child);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{signal:?}");
        assert_eq!(bed.good(&["query", "--tool", "last", "--json"]).rows().len(), 1);
    }
}

/// Each line, the id of its answer, and the answer's code.
fn odd_lines() -> Vec<(Vec<u8>, Value, i64)> {
    let call = |id: &Value, details: &str| {
        // As most clients write it: the id comes last.
        format!(
            r#"{{"method":"tools/call","params":{{"name":"record_event","arguments":{{"event_type":"tool.invoked","details":{details}}}}},"jsonrpc":"2.0","id":{id}}}"#
        )
    };
    let deep = |n: usize| format!("{}1{}", r#"{"a":"#.repeat(n), "}".repeat(n));
    let long = |n: usize| format!(r#"{{"text":"{}"}}"#, "x".repeat(n));
    let twice = r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"record_event","arguments":{"event_type":"tool.invoked","event_type":"plan_applied"}}}"#;
    vec![
        (call(&json!("long"), &long(600_000)).into(), json!("long"), -32600),
        (call(&json!("longer"), &long(6 << 20)).into(), json!("longer"), -32600),
        (call(&json!(1), &deep(130)).into(), json!(1), -32600),
        (call(&json!(2), &deep(10_000)).into(), json!(2), -32600),
        (b"garbage".to_vec(), Value::Null, -32700),
        (b"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"\xff\xfe\"}".to_vec(), Value::Null, -32700),
        (vec![b'a'; 6 << 20], Value::Null, -32600),
        (b"[1]".to_vec(), Value::Null, -32600),
        (br#"{"jsonrpc":"1.0","id":4,"method":"ping"}"#.to_vec(), json!(4), -32600),
        (twice.into(), json!(5), -32600),
        (br#"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":[1]}"#.to_vec(), json!(6), -32602),
        (br#"{"jsonrpc":"2.0","id":7,"method":"nope","params":5}"#.to_vec(), json!(7), -32600),
        (br#"{"jsonrpc":"2.0","id":8,"method":"nope"}"#.to_vec(), json!(8), -32601),
    ]
}

#[test]
fn each_line_that_is_no_message_is_answered_and_a_last_line_needs_no_end() {
    let bed = Bed::new();
    let mut server = Server::start(&bed, &[]);
    let lines = odd_lines();
    for (line, id, code) in &lines {
        let input = server.input.as_mut().unwrap();
        input.write_all(line).unwrap();
        input.write_all(b"\n").unwrap();
        let answer = server.heard();
        let shown = String::from_utf8_lossy(&line[..line.len().min(100)]);
        assert_eq!((&answer["id"], &answer["error"]["code"]), (id, &json!(code)), "{shown}: {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
    }
    // What means nothing, or is no question, is answered by nobody.
    server.say("");
    server.say(r#"{"jsonrpc":"2.0","method":"notifications/nonsense"}"#);
    server.say(r#"{"jsonrpc":"2.0","id":99,"result":{}}"#);
    let last = r#"{"jsonrpc":"2.0","id":"last","method":"tools/call","params":{"name":"record_event","arguments":{"event_type":"tool.invoked","tool":"last"}}}"#;
    server.input.as_mut().unwrap().write_all(last.as_bytes()).unwrap();
    let (code, answers, err) = server.end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!((&answers[0]["id"], &answers[0]["result"]["isError"]), (&json!("last"), &json!(false)), "{answers:?}");
    assert_eq!(bed.good(&["count"]).rows()[0]["count"], 1, "nothing else was recorded");
}

#[test]
fn answers_and_refusals_never_stand_in_one_line() {
    let bed = Bed::new();
    let mut server = Server::start(&bed, &[]);
    for n in 0..200 {
        server.call(n, "record_event", &json!({"event_type": "tool.invoked"}));
        server.say(&format!(r#"{{"jsonrpc":"1.0","id":{},"method":"ping"}}"#, 1_000 + n));
    }
    let (code, answers, _) = server.end();
    let n_refused = answers.iter().filter(|answer| answer["error"]["code"] == -32600).count();
    assert_eq!((code, answers.len(), n_refused), (Some(0), 400, 200));
}
