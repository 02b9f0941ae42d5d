//! Laptops whose trail a server keeps, with real processes on both sides and a link between them that breaks.

mod link;
pub(crate) mod served;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use annals_testkit::rounds;
use serde_json::Value;

use self::link::{Link, Way};
use self::served::Served;
use crate::bed::{Bed, DEADLINE, Ran, finish, spawn};
use crate::wrap;

/// The binary on a laptop whose trail this address keeps.
fn laptop(bed: &Bed, arguments: &[&str], server: &str) -> Command {
    let mut command = bed.command(arguments);
    command.env("ANNALS_SERVER", server);
    command
}

fn run(bed: &Bed, arguments: &[&str], server: &str) -> Ran {
    finish(spawn(&mut laptop(bed, arguments, server)))
}

/// Runs it again until it exits with 0.
#[track_caller]
fn until_sent(bed: &Bed, server: &str) {
    let began = Instant::now();
    loop {
        let ran = run(bed, &["forward"], server);
        if ran.code == Some(0) {
            return;
        }
        assert!(began.elapsed() < DEADLINE, "it is never sent: {ran:?}");
    }
}

/// Whether a directory holds journals with events.
fn waits(bed: &Bed, server: &str) -> u64 {
    let ran = run(bed, &["health", "--json"], server);
    ran.rows()[0]["queued"].as_u64().unwrap()
}

/// What is wrong with a trail that should hold these calls, each once, of producers without a hole.
fn problems(rows: &[Value], calls: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut numbers: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let mut intents: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        if !ids.insert(text("id")) {
            problems.push(format!("{} is there twice", text("id")));
        }
        if text("event_type") == "audit.gap" {
            problems.push(format!("a gap: {row}"));
        }
        if text("event_type") == "tool.invoked" && text("phase") == "intent" {
            *intents.entry(text("tool")).or_default() += 1;
        }
        numbers.entry(text("producer")).or_default().push(row["pseq"].as_u64().unwrap());
    }
    for (producer, mut numbers) in numbers {
        numbers.sort_unstable();
        if !numbers.iter().copied().eq(0..numbers.len() as u64) {
            problems.push(format!("{producer} has a hole: {numbers:?}"));
        }
    }
    for call in calls {
        let n = intents.get(call.as_str()).copied().unwrap_or_default();
        if n != 1 {
            problems.push(format!("{call} is there {n} times"));
        }
    }
    problems
}

/// A call of a tool by its own name, so that it is known again among all laptops'.
fn call(id: u32, name: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{name}","arguments":{{}}}}}}"#)
}

#[test]
fn ten_wrappers_lose_nothing_whatever_dies_between_them_and_the_server() {
    let n_calls = u32::try_from(rounds(30, 200)).unwrap();
    let cut = Duration::from_secs(rounds(2, 60) as u64);
    let mut server = Served::start();
    let link = Link::to(server.port());
    let beds: Vec<Bed> = (0..10).map(|_| Bed::new()).collect();
    let mut calls = BTreeSet::new();
    let mut wrappers: Vec<_> = beds
        .iter()
        .map(|bed| {
            let mut command = wrap::command(bed, wrap::Way::Wrapped, &[], wrap::ANSWERS);
            command.env("ANNALS_SERVER", link.address());
            Some(wrap::run(&mut command))
        })
        .collect();
    let cut_at = n_calls / 3;
    for id in 1..=n_calls {
        if id == cut_at {
            link.set(Way::Cut);
            let reopened = link.clone();
            thread::spawn(move || {
                thread::sleep(cut);
                reopened.set(Way::Pass);
            });
        }
        if id % (n_calls / 4) == n_calls / 5 {
            server.kill_and_start_again();
        }
        for (n, wrapper) in wrappers.iter_mut().enumerate() {
            let Some(running) = wrapper else { continue };
            let name = format!("call-{n}-{id}");
            running.say(&call(id, &name));
            assert_eq!(serde_json::from_str::<Value>(&running.hear()).unwrap()["id"], id);
            calls.insert(name);
            if n == 3 && id == 2 * n_calls / 3 {
                running.child.kill().unwrap();
                running.child.wait().unwrap();
                *wrapper = None;
            }
        }
    }
    for wrapper in wrappers.into_iter().flatten() {
        assert!(wrapper.finished().0.success());
    }
    link.wait_for(Way::Pass);
    for bed in &beds {
        until_sent(bed, &link.address());
        assert_eq!(waits(bed, &link.address()), 0);
    }
    server.stop();
    let rows = server.rows();
    assert_eq!(problems(&rows, &calls), Vec::<String>::new());
    assert!(beds.len() * n_calls as usize <= 2 * rows.len(), "{} rows", rows.len());
    server.bed().good(&["verify"]);
}

/// The control: where somebody between the two answers in the server's name, what was accepted is gone, and the same check says so.
#[test]
fn the_control_with_a_link_that_lies_is_noticed() {
    let mut server = Served::start();
    assert_eq!(run(&Bed::new(), &["record", "--type", "plan_applied"], &server.address()).code, Some(0));
    let link = Link::to(server.port());
    link.set(Way::Lie);
    let bed = Bed::new();
    let mut command = wrap::command(&bed, wrap::Way::Wrapped, &[], wrap::ANSWERS);
    command.env("ANNALS_SERVER", link.address());
    let mut running = wrap::run(&mut command);
    running.say(&call(1, "call-0-1"));
    running.hear();
    assert!(running.finished().0.success());
    assert_eq!(waits(&bed, &link.address()), 0, "the laptop believes it");
    server.stop();
    assert_eq!(problems(&server.rows(), &BTreeSet::from(["call-0-1".to_owned()])), ["call-0-1 is there 0 times"]);
}

/// Something that answers and is no Annals server, such as a portal that wants a login, gets nothing freed.
#[test]
fn an_answer_that_is_none_frees_nothing() {
    let link = Link::to(1);
    link.set(Way::Portal);
    let bed = Bed::new();
    let ran = run(&bed, &["record", "--type", "plan_applied", "--set", "audit_record_timeout=300ms"], &link.address());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("accepted and not yet durable") && ran.err.contains("Annals server"), "{ran:?}");
    assert_eq!(waits(&bed, &link.address()), 1);
}

#[test]
fn a_hook_leaves_its_event_and_a_process_of_its_own_sends_it() {
    let mut server = Served::start();
    let bed = Bed::new();
    let payload =
        r#"{"session_id":"s","hook_event_name":"SessionStart","cwd":"/","source":"startup","transcript_path":"/t"}"#;
    for _ in 0..3 {
        let mut command = laptop(&bed, &["hook", "claude-code"], &server.address());
        let input = bed.file("payload.json", payload);
        command.stdin(std::fs::File::open(input).unwrap());
        let ran = finish(spawn(&mut command));
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""));
    }
    let began = Instant::now();
    while 0 < waits(&bed, &server.address()) {
        assert!(began.elapsed() < DEADLINE, "nobody sends it");
    }
    server.stop();
    let rows = server.rows();
    assert_eq!(rows.iter().filter(|row| row["event_type"] == "session.created").count(), 3, "{rows:?}");
    assert!(!bed.data().join("annals.db").exists(), "nothing is kept on this machine");
    assert!(!bed.data().join("hook-lost.log").exists());
}

#[test]
fn a_server_that_is_away_keeps_nobody_waiting_and_loses_nothing() {
    let mut server = Served::start();
    let (bed, address) = (Bed::new(), server.address());
    server.kill();
    let ran = run(&bed, &["record", "--type", "plan_applied", "--set", "audit_record_timeout=200ms"], &address);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("accepted and not yet durable"), "{ran:?}");
    let ran = run(&bed, &["record", "--type", "plan_applied", "--wait", "accepted"], &address);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let health = run(&bed, &["health", "--json"], &address).rows().remove(0);
    assert_eq!((health["queued"].as_u64(), health["answers"].as_str()), (Some(2), Some("no")), "{health}");
    assert_eq!(health["state"], "degraded");
    assert!(health["queued_since"].is_string() && health["last_error"].as_str().unwrap().contains("does not answer"));
    server.start_again();
    until_sent(&bed, &address);
    let health = run(&bed, &["health", "--json"], &address).rows().remove(0);
    assert_eq!((health["queued"].as_u64(), health["state"].as_str()), (Some(0), Some("ok")), "{health}");
    server.stop();
    let n_plans = server.rows().iter().filter(|row| row["event_type"] == "plan_applied").count();
    assert_eq!(n_plans, 2);
}

/// What a server keeps is not looked for on this machine, and what was left for it goes into no database here.
#[test]
fn a_journal_for_a_server_is_no_databases() {
    let (bed, address) = (Bed::new(), "http://127.0.0.1:1");
    assert_eq!(run(&bed, &["record", "--type", "plan_applied", "--wait", "accepted"], address).code, Some(0));
    bed.good(&["record", "--type", "plan_cancelled"]);
    assert_eq!(bed.count(), 1, "that of this machine alone");
    assert_eq!(waits(&bed, address), 1);
    run(&bed, &["query"], address)
        .refused(2, &["the server `http://127.0.0.1:1` keeps this trail", "`ANNALS_SERVER`", "--set server="]);
    assert_eq!(run(&bed, &["count", "--set", "server="], address).rows()[0]["count"], 1);
    bed.run(&["forward"]).refused(2, &["no server keeps this trail"]);
    let ran = run(&bed, &["health"], "https://me:hunter2@host");
    ran.refused(2, &["`ANNALS_SERVER`", "without a user or password"]);
    assert!(!ran.err.contains("hunter2"));
}

#[test]
fn a_backlog_of_ten_megabytes_is_sent_in_pieces() {
    let mut server = Served::start();
    let (bed, address) = (Bed::new(), server.address());
    let body = "x".repeat(50_000);
    let line = |n| format!(r#"{{"event_type":"tool.invoked","tool":"t{n}","details":{{"body":"{body}"}}}}"#);
    let lines = (0..200).map(line).collect::<Vec<_>>().join("\n");
    let file = bed.file("many.ndjson", lines);
    server.kill();
    // The journal takes them all; the process ends before any is sent.
    let mut import = laptop(
        &bed,
        &[
            "record",
            "--ndjson",
            file.to_str().unwrap(),
            "--set",
            "audit_journal_bytes=64MiB",
            "--set",
            "audit_record_timeout=300ms",
        ],
        &address,
    );
    let ran = finish(spawn(&mut import));
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert_eq!(waits(&bed, &address), 200);
    server.start_again();
    until_sent(&bed, &address);
    server.stop();
    let rows = server.rows();
    assert_eq!(rows.iter().filter(|row| row["event_type"] == "tool.invoked").count(), 200);
    assert_eq!(problems(&rows, &BTreeSet::new()), Vec::<String>::new());
}

#[test]
fn setup_points_a_laptop_at_a_server_and_back() {
    let mut server = Served::start();
    let bed = Bed::new();
    let token = bed.file("token", "not-secret");
    let address = server.address();
    bed.good(&["setup", "--server", &address, "--token-file", token.to_str().unwrap(), "--yes"]);
    let shown = bed.good(&["config", "--json"]).rows();
    let value = |name: &str| shown.iter().find(|row| row["name"] == name).map(|row| row["value"].clone()).unwrap();
    assert_eq!((value("server"), value("token_file")), (address.into(), token.to_str().unwrap().into()));
    bed.good(&["record", "--type", "plan_applied"]);
    bed.good(&["setup", "--undo", "--yes"]);
    bed.good(&["record", "--type", "plan_cancelled"]);
    assert_eq!(bed.count(), 1);
    server.stop();
    assert_eq!(server.rows().iter().filter(|row| row["event_type"] == "plan_applied").count(), 1);
}

/// What waits for another address is no secret: it is counted, beside since when.
#[test]
fn what_waits_for_another_address_is_counted() {
    let (bed, address, other) = (Bed::new(), "http://127.0.0.1:1", "http://127.0.0.1:2");
    for _ in 0..2 {
        assert_eq!(run(&bed, &["record", "--type", "plan_applied", "--wait", "accepted"], address).code, Some(0));
    }
    let here = run(&bed, &["health", "--json"], address).rows().remove(0);
    assert_eq!((&here["queued"], &here["queued_elsewhere"]), (&Value::from(2), &Value::Null), "{here}");
    let ran = run(&bed, &["health", "--json"], other);
    let health = ran.rows().remove(0);
    assert_eq!((&health["queued"], &health["queued_elsewhere"]), (&Value::from(0), &Value::from(2)), "{health}");
    assert_eq!(health["queued_elsewhere_since"], here["queued_since"], "{health}");
    assert!(ran.err.contains("another address"), "{ran:?}");
}

/// Half a minute of silence looks like a program that hangs.
#[test]
fn record_says_what_it_waits_for() {
    let mut server = Served::start();
    let record = ["record", "--type", "plan_applied", "--set", "audit_record_timeout=4s"];
    for (address, why) in [
        ("http://127.0.0.1:1".to_owned(), "does not answer"),
        (format!("{}/no/such/path", server.address()), "answered 404"),
        (server.address().replace("http:", "https:"), "does not answer"),
    ] {
        let bed = Bed::new();
        let ran = run(&bed, &record, &address);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let first = ran.err.lines().next().unwrap_or_default();
        assert!(first.starts_with(&format!("annals: waiting for the server `{address}`")), "{ran:?}");
        assert!(first.contains(why), "{ran:?}");
        assert_eq!(ran.err.matches("waiting for").count(), 1, "said once: {ran:?}");
    }
    // The control: who is answered hears nothing.
    let ran = run(&Bed::new(), &record, &server.address());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    server.stop();
}
