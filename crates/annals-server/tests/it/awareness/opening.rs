//! The database is opened once, however many tools, figures and workers of a server need it first.
//!
//! The same harness runs over one service, and as a control over two that each open it for themselves.

use std::sync::Arc;

use annals::store::EventStore;
use annals::{Audit, Settings};
use annals_server::Config;
use annals_sqlite::{OpenMode, SqliteStore};
use annals_testkit::{Count, Door, Gate, PATIENCE, Threads, counted, until};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{call_with, note};
use crate::mcp::over_http::{early, message};
use crate::server::Server;

type Opened = Result<Arc<dyn EventStore>, annals::store::Error>;

/// What the first requests are: tools that read and write, a resource and a prompt.
const FIRST: [(&str, &str); 10] = [
    ("tools/call", "get_briefing"),
    ("tools/call", "get_knowledge"),
    ("tools/call", "get_stats"),
    ("tools/call", "remember"),
    ("tools/call", "search"),
    ("tools/call", "get_alerts"),
    ("tools/call", "query_events"),
    ("resources/read", "awareness://knowledge"),
    ("prompts/get", "write_guide"),
    ("prompts/list", ""),
];

/// A data directory that is there, and a service that opens its database in this way.
fn service(open: impl Fn(u64, &std::path::Path) -> Opened + Send + Sync + 'static) -> (TempDir, Count, Audit) {
    let folder = tempfile::tempdir().expect("as it should be");
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).expect("as it should be");
    let database = data.join("annals.db");
    let (count, opener) = counted(move |number| open(number, &database));
    let audit = Audit::with_opener(&Settings::new(&data), opener).expect("as it should be");
    (folder, count, audit)
}

fn really(path: &std::path::Path) -> Opened {
    Ok(Arc::new(SqliteStore::open(path, OpenMode::ReadWriteCreate)?))
}

fn params(method: &str, name: &str) -> Value {
    match method {
        "tools/call" => {
            let arguments = match name {
                "remember" => note("first"),
                "search" => json!({"query": "first"}),
                _ => json!({}),
            };
            json!({"name": name, "arguments": arguments})
        }
        "resources/read" => json!({"uri": name}),
        "prompts/get" => json!({"name": name}),
        _ => json!({}),
    }
}

/// Sends the first requests at once, and answers what came back.
fn race(server: &Arc<Server>) -> Vec<Value> {
    let gate = Arc::new(Gate::new("first requests", FIRST.len()));
    let mut threads = Threads::new();
    for (method, name) in FIRST {
        let (server, gate) = (Arc::clone(server), Arc::clone(&gate));
        threads.spawn(format!("{method} {name}"), move || {
            gate.wait();
            early(&server, &[], &message(method, params(method, name))).json()
        });
    }
    threads.join()
}

fn openings(server: &Server) -> f64 {
    let (_, figures) = server.ask("GET", "/metrics", "");
    let line = figures.lines().find_map(|line| line.strip_prefix("annals_store_openings_total "));
    line.unwrap_or_else(|| panic!("{figures}")).parse().expect("as it should be")
}

#[test]
fn ten_first_requests_open_it_once_and_all_are_answered() {
    let (folder, count, audit) = service(|_, path| really(path));
    let server = Arc::new(Server::start_over(audit, folder, Config::default()));
    for answer in race(&server) {
        assert!(answer["result"].is_object() && answer["result"]["isError"] != true, "{answer}");
    }
    assert_eq!(count.n(), 1);
    assert!((openings(&server) - 1.0).abs() < 0.5);
}

/// The control: were each kind of user to open it for itself, the same count would tell.
#[test]
fn two_services_over_one_database_are_noticed() {
    let (folder, count, audit) = service(|_, path| really(path));
    let (other_folder, other_count, other) = {
        let data = folder.path().join("trail");
        let shared = count.clone();
        let (count, opener) = counted(move |_| really(&data.join("annals.db")));
        drop(shared);
        let other_data = tempfile::tempdir().expect("as it should be");
        let settings = Settings::new(other_data.path().join("trail"));
        std::fs::create_dir(other_data.path().join("trail")).expect("as it should be");
        (other_data, count, Audit::with_opener(&settings, opener).expect("as it should be"))
    };
    let server = Arc::new(Server::start_over(audit, folder, Config::default()));
    let second = Arc::new(Server::start_over(other, other_folder, Config::default()));
    for answer in [race(&server), race(&second)].concat() {
        assert!(answer["result"].is_object(), "{answer}");
    }
    assert_eq!(count.n() + other_count.n(), 2, "the harness would not notice a second opening");
}

#[test]
fn the_handshake_and_the_tools_are_there_before_the_database() {
    let door = Arc::new(Door::shut_at_first("the database"));
    let held = Arc::clone(&door);
    let (folder, count, audit) = service(move |_, path| {
        held.pass();
        really(path)
    });
    let server = Arc::new(Server::start_over(audit, folder, Config::default()));
    door.wait_for(1);
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}});
    assert_eq!(early(&server, &[], &message("initialize", hello)).status, 200);
    let tools = early(&server, &[], &message("tools/list", json!({}))).json();
    assert_eq!(tools["result"]["tools"].as_array().expect("as it should be").len(), 38);
    assert_eq!(early(&server, &[], &message("resources/list", json!({}))).status, 200);
    // And what needs it waits without holding these up.
    let mut threads = Threads::new();
    let asking = Arc::clone(&server);
    threads.spawn("a first call", move || call_with(&asking, &[], "get_stats", &json!({})));
    until("the call waits for a thread's work", PATIENCE, || {
        let (_, figures) = server.ask("GET", "/metrics", "");
        figures.lines().any(|line| line.strip_prefix("annals_workers_busy ").is_some_and(|n| n != "0"))
    });
    assert_eq!(early(&server, &[], &message("ping", json!({}))).status, 200);
    door.open();
    assert_eq!(threads.join()[0]["structuredContent"]["total"], 0);
    assert_eq!(count.n(), 1);
}

#[test]
fn who_waited_for_an_attempt_that_failed_is_told_and_the_next_call_succeeds() {
    let door = Arc::new(Door::shut_at_first("first attempt"));
    let held = Arc::clone(&door);
    let (folder, _, audit) = service(move |number, path| {
        if number == 1 {
            held.pass();
            return Err(annals::store::Error::new(annals::store::ErrorKind::Permission, "/secret/place is not ours"));
        }
        really(path)
    });
    let server = Arc::new(Server::start_over(audit, folder, Config::default()));
    let mut threads = Threads::new();
    door.wait_for(1);
    for n in 0..10 {
        let server = Arc::clone(&server);
        threads.spawn(format!("caller {n}"), move || call_with(&server, &[], "get_stats", &json!({})));
    }
    until("all wait for the attempt", PATIENCE, || {
        let (_, figures) = server.ask("GET", "/metrics", "");
        let busy = figures.lines().find_map(|line| line.strip_prefix("annals_workers_busy ")?.parse::<f64>().ok());
        busy.is_some_and(|busy| 10.0 <= busy)
    });
    door.open();
    for result in threads.join() {
        let error = &result["structuredContent"]["error"];
        assert_eq!(
            (&result["isError"], &error["code"], &error["retryable"]),
            (&json!(true), &json!("unavailable"), &json!(true)),
            "{result}"
        );
        assert!(!result.to_string().contains("secret"), "{result}");
    }
    assert_eq!(call_with(&server, &[], "get_stats", &json!({}))["structuredContent"]["total"], 0);
}
