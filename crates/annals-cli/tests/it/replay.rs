//! A session that a real client went through, played again through the command lines that `annals setup` writes into its settings.
//!
//! The payloads were recorded from the client itself (`tests/fixtures/hooks`). What must be on record is computed here from the payloads alone, so that a
//! mistake in the mapping and one in its test would have to be the same mistake. Not known here: times, which are masked, and the machine's names.

mod at_once;

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use annals_testkit::{PATIENCE, until};
use serde_json::Value;

use crate::bed::{Bed, Ran, finish, spawn};

const SESSION: &str = include_str!("../../../../tests/fixtures/hooks/claude-code-session.ndjson");

/// What the client would do with each payload: its event, and the bytes on the hook's standard input.
pub(crate) struct Payload {
    pub(crate) event: String,
    pub(crate) text: String,
    pub(crate) json: Value,
}

pub(crate) fn payloads() -> Vec<Payload> {
    let payload = |line: &str| {
        let json: Value = serde_json::from_str(line).unwrap();
        // The client ends each with a newline.
        Payload { event: json["hook_event_name"].as_str().unwrap().to_owned(), text: format!("{line}\n"), json }
    };
    SESSION.lines().map(payload).collect()
}

/// The hooks of a settings file: the command lines for each event.
pub(crate) struct Installed {
    commands: HashMap<String, Vec<String>>,
}

impl Installed {
    /// Runs `setup` in the bed's home, as a user does, and reads what it wrote, as the client does.
    pub(crate) fn by_setup(bed: &Bed) -> Self {
        let home = home(bed);
        std::fs::create_dir_all(home.join(".claude")).unwrap();
        bed.good(&["setup", "claude-code", "--yes"]);
        let text = std::fs::read_to_string(home.join(".claude/settings.json")).unwrap();
        let settings: Value = serde_json::from_str(&text).unwrap();
        let hooks = settings["hooks"].as_object().unwrap();
        let commands = |groups: &Value| {
            let all = groups.as_array().unwrap().iter().flat_map(|group| {
                // A matcher that leaves some tools out would have to be understood here.
                assert!(matches!(group["matcher"].as_str(), None | Some("*")), "{group}");
                group["hooks"].as_array().unwrap()
            });
            all.map(|hook| hook["command"].as_str().unwrap().to_owned()).collect()
        };
        Self { commands: hooks.iter().map(|(event, groups)| (event.clone(), commands(groups))).collect() }
    }

    /// Runs the event's hooks to their end. Whatever they say to the client is a failure.
    pub(crate) fn fire(&self, bed: &Bed, event: &str, text: &str) {
        for line in self.commands.get(event).map_or(&[][..], Vec::as_slice) {
            let ran = shell(bed, line, text);
            assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{event}: {text}");
        }
    }
}

/// A command line as the client runs it.
fn shell(bed: &Bed, line: &str, text: &str) -> Ran {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line).env_clear();
    command.envs(bed.command::<&str>(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = spawn(command.env("PATH", "/usr/bin:/bin").env("CLAUDECODE", "1").stdin(Stdio::piped()));
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    finish(child)
}

pub(crate) fn home(bed: &Bed) -> PathBuf {
    bed.data().parent().unwrap().to_owned()
}

/// The rows of a session, once nothing waits in a journal any more: where the database was busy for too long, a hook leaves its event for those that come later.
pub(crate) fn rows(bed: &Bed, session: &str) -> Vec<Value> {
    until("nothing waits", PATIENCE, || {
        bed.good(&["record", "--type", "session.notified", "--session", "drains"]);
        bed.good(&["health"]).rows()[0]["queued"] == 0
    });
    bed.good(&["query", "--session", session, "--limit", "1000", "--order", "oldest"]).rows()
}

/// How each call of the payloads ended: `success`, `failure` or `denied`, by its id.
pub(crate) fn ends(payloads: &[Payload]) -> BTreeMap<String, (String, &'static str)> {
    let mut ends = BTreeMap::new();
    let mut begun = BTreeMap::new();
    for Payload { event, json, .. } in payloads {
        let call = || (text(json, "tool_use_id"), text(json, "tool_name"));
        let end = match event.as_str() {
            "PreToolUse" => {
                begun.extend([call()]);
                continue;
            }
            "PostToolUse" => "success",
            "PostToolUseFailure" => "failure",
            "PermissionDenied" => "denied",
            // The one place where the client tells of calls that it refused without asking, and of those that it could not make sense of.
            "PostToolBatch" => {
                for call in json["tool_calls"].as_array().unwrap() {
                    let id = text(call, "tool_use_id");
                    let end = if begun.contains_key(&id) { "denied" } else { "failure" };
                    ends.entry(id).or_insert((text(call, "tool_name"), end));
                }
                continue;
            }
            _ => continue,
        };
        let (id, tool) = call();
        assert_eq!(ends.insert(id, (tool, end)), None, "two ends in the recording");
    }
    ends
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

/// What `show` prints of a session, without what differs from run to run.
pub(crate) fn shown(bed: &Bed, session: &str) -> String {
    let ran = bed.good(&["show", session, "--format", "table"]);
    let user = bed.good(&["query", "--limit", "1"]).rows()[0].clone();
    let out = ran.out.replace(session, "[session]");
    let mut lines: Vec<_> = out.lines().map(masked).collect();
    for (column, mask) in [("user_identity", "user [user]"), ("host", "host [host]")] {
        if let Some(name) = user[column].as_str() {
            let word = mask.split_once(' ').unwrap().0;
            lines[1] = lines[1].replace(&format!("{word} {name}"), mask);
        }
    }
    lines.join("\n")
}

/// A line without its times: a clock is digits and colons at its beginning or end, and the time a session took stands in its first line.
fn masked(line: &str) -> String {
    let clock = |word: &str| word.len() == 8 && word.split(':').filter(|part| part.len() == 2).count() == 3;
    let words = line.split(' ').map(|word| if clock(word) { "[time]" } else { word });
    let line = words.collect::<Vec<_>>().join(" ");
    match line.split_once(" events in ") {
        Some((before, _)) => format!("{before} events in [span], [time]"),
        None => line,
    }
}

/// Holds the rows against the payloads: each call is one operation, with one end, and nothing is lost or there twice.
///
/// While another process holds the log, nobody can tell which calls of a batch have their end on record; the batch is then recorded as it is.
/// Answers how many were, so that a test of one process at a time can ask for none.
#[track_caller]
pub(crate) fn agrees(payloads: &[Payload], rows: &[Value]) -> usize {
    let mut operations: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    let (calls, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["event_type"] == "tool.invoked");
    for row in calls {
        operations.entry(text(row, "operation_id")).or_default().push(row);
    }
    let (batches, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|row| row["details"]["hook"] == "PostToolBatch");
    let mut told_by_batch = BTreeMap::new();
    for call in batches.iter().flat_map(|batch| batch["details"]["calls"].as_array().unwrap()) {
        operations.entry(text(call, "operation_id")).or_default();
        told_by_batch.insert(text(call, "operation_id"), text(call, "tool"));
    }
    let mut found: Vec<_> = operations.iter().map(|(id, rows)| operation(rows, told_by_batch.get(id))).collect();
    found.sort();
    let begun = |id: &str| {
        payloads.iter().filter(|payload| payload.event == "PreToolUse" && payload.json["tool_use_id"] == id).count()
    };
    let mut expected: Vec<_> =
        ends(payloads).into_iter().map(|(id, (tool, end))| (tool, end.to_owned(), begun(&id))).collect();
    expected.sort();
    assert_eq!(found, expected);
    // What is no call is one event each.
    let mut recorded: BTreeMap<String, usize> = BTreeMap::new();
    for row in others {
        *recorded.entry(text(&row["details"], "hook")).or_default() += 1;
    }
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for payload in payloads {
        let is_call = ["PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionDenied", "PostToolBatch"]
            .contains(&payload.event.as_str());
        // No hook of ours: the calls of the tools that make them tell the same.
        if !is_call && !payload.event.starts_with("Task") {
            *told.entry(payload.event.clone()).or_default() += 1;
        }
    }
    assert_eq!(recorded, told);
    batches.len()
}

/// The tool of an operation, its end and how often it began.
#[track_caller]
fn operation(rows: &[&Value], told_by_batch: Option<&String>) -> (String, String, usize) {
    let of = |phase: &str| rows.iter().filter(|row| row["phase"] == phase).copied().collect::<Vec<_>>();
    let (intents, outcomes) = (of("intent"), of("outcome"));
    assert!(intents.len() <= 1 && outcomes.len() <= 1, "there twice: {rows:?}");
    // Where only the recorded batch tells of the end, the session's end closes the call, and says that it does not know how.
    let is_known = |outcome: &&&Value| told_by_batch.is_none() || outcome["outcome"] != "unknown";
    let Some(outcome) = outcomes.first().filter(is_known) else {
        let tool = told_by_batch.unwrap_or_else(|| panic!("no end is on record: {rows:?}"));
        let end = if intents.is_empty() { "failure" } else { "denied" };
        return (tool.clone(), end.to_owned(), intents.len());
    };
    if let Some(intent) = intents.first() {
        for column in ["tool", "session_id", "resource", "actor_name", "parent_id", "correlation_id"] {
            assert_eq!(intent[column], outcome[column], "{column}: {rows:?}");
        }
        assert_eq!(intent["details"]["arguments"], outcome["details"]["arguments"]);
    }
    (text(outcome, "tool"), text(outcome, "outcome"), intents.len())
}

#[test]
fn a_recorded_session_reads_as_what_was_done() {
    let bed = Bed::new();
    let installed = Installed::by_setup(&bed);
    let payloads = payloads();
    for payload in &payloads {
        installed.fire(&bed, &payload.event, &payload.text);
    }
    let rows = bed.good(&["query", "--limit", "1000", "--order", "oldest"]).rows();
    assert!(rows.len() > 100, "a session of a hundred, not of {}", rows.len());
    assert_eq!(agrees(&payloads, &rows), 0);
    let session = text(&payloads[0].json, "session_id");
    insta::assert_snapshot!("replayed-session", shown(&bed, &session));
    let sessions = bed.good(&["sessions"]).rows();
    assert_eq!((sessions.len(), &sessions[0]["state"]), (1, &Value::from("ended")));
    // A subagent is an operation too.
    let n_subagents = payloads.iter().filter(|payload| payload.event == "SubagentStop").count();
    assert_eq!(sessions[0]["n_calls"], ends(&payloads).len() + n_subagents);
}

#[test]
fn nothing_of_the_guarded_file_is_on_disk() {
    let bed = Bed::new();
    let installed = Installed::by_setup(&bed);
    let secrets = ["sk-live-0123456789abcdef", "correct-horse-battery"];
    for payload in payloads() {
        installed.fire(&bed, &payload.event, &payload.text);
    }
    let disk = crate::bed::bytes_below(&bed.data());
    let holds = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    for secret in secrets {
        // The control: it did go through the hooks.
        assert!(SESSION.contains(secret), "{secret}");
        assert!(!holds(secret), "{secret}");
    }
    assert!(holds(".env") && holds("NOTES.md"), "what is kept of the calls is there");
}
