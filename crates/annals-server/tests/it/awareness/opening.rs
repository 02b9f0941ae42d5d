//! The database is opened once, however many tools, figures and workers of a server need it first.
//!
//! The same harness runs over one service, and as a control over two that each open it for themselves; over a file, and over PostgreSQL, which has its own word on who is connected.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals::store::EventStore;
use annals::{Audit, Settings};
use annals_postgres::PostgresStore;
use annals_server::Config;
use annals_sqlite::{OpenMode, SqliteStore};
use annals_testkit::postgres::{Database, Flush, Server as Postgres};
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

/// Where a database is.
#[derive(Clone)]
enum At {
    File(PathBuf),
    Server(String),
}

impl At {
    /// Opens it as the opening of this name. A server tells each of them by it.
    fn open(&self, name: &str) -> Opened {
        Ok(match self {
            Self::File(path) => Arc::new(SqliteStore::open(path, OpenMode::ReadWriteCreate)?),
            Self::Server(url) => {
                let url = format!("{url}&application_name={name}");
                Arc::new(PostgresStore::open(&url, OpenMode::ReadWriteCreate)?)
            }
        })
    }
}

/// How many openings the server knows that are connected to it, and how many connections they have.
fn connected(database: &Database) -> (u64, u64) {
    let known = database.sql(
        "SELECT count(DISTINCT application_name), count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'opening%'",
    );
    let (openings, connections) = known.split_once('|').expect("two columns");
    (openings.parse().expect("a number"), connections.parse().expect("a number"))
}

/// A data directory that is there, and a service that opens its database in this way.
fn service(open: impl Fn(u64, &At) -> Opened + Send + Sync + 'static) -> (TempDir, Count, Audit) {
    service_over(None, open)
}

/// The same over a database of PostgreSQL, where one is given.
fn service_over(
    database: Option<&Database>,
    open: impl Fn(u64, &At) -> Opened + Send + Sync + 'static,
) -> (TempDir, Count, Audit) {
    let folder = tempfile::tempdir().expect("as it should be");
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).expect("as it should be");
    let at =
        database.map_or_else(|| At::File(data.join("annals.db")), |database| At::Server(database.url().to_owned()));
    let (count, opener) = counted(move |number| open(number, &at));
    let audit = Audit::with_opener(&Settings::new(&data), opener).expect("as it should be");
    (folder, count, audit)
}

fn really(at: &At) -> Opened {
    at.open("opening")
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
    ten_first_requests(None);
}

#[test]
fn ten_first_requests_have_one_pool_by_the_word_of_postgresql() {
    let database = Database::with_vectors();
    let server = ten_first_requests(Some(&database));
    let (openings, connections) = connected(&database);
    assert_eq!(openings, 1);
    assert!((1..=10).contains(&connections), "{connections} connections for ten requests");
    drop(server);
    until("the connections are gone with the server", PATIENCE, || connected(&database) == (0, 0));
}

fn ten_first_requests(database: Option<&Database>) -> Arc<Server> {
    let (folder, count, audit) = service_over(database, |number, at| at.open(&format!("opening-{number}")));
    let server = Arc::new(Server::start_over(audit, folder, Config::default()));
    for answer in race(&server) {
        assert!(answer["result"].is_object() && answer["result"]["isError"] != true, "{answer}");
    }
    assert_eq!(count.n(), 1);
    assert!((openings(&server) - 1.0).abs() < 0.5);
    server
}

/// The control: were each kind of user to open it for itself, the same count would tell.
#[test]
fn two_services_over_one_database_are_noticed() {
    two_services(None);
    let database = Database::with_vectors();
    let servers = two_services(Some(&database));
    assert_eq!(connected(&database).0, 2, "the server would not notice a second pool");
    drop(servers);
}

fn two_services(database: Option<&Database>) -> [Arc<Server>; 2] {
    let (folder, count, audit) = service_over(database, |number, at| at.open(&format!("opening-{number}")));
    // It has a data directory of its own, and the same database.
    let file = At::File(folder.path().join("trail").join("annals.db"));
    let (other_folder, other_count, other) = service_over(database, move |_, at| match at {
        At::File(_) => file.open("opening-other"),
        At::Server(_) => at.open("opening-other"),
    });
    let server = Arc::new(Server::start_over(audit, folder, Config::default()));
    let second = Arc::new(Server::start_over(other, other_folder, Config::default()));
    for answer in [race(&server), race(&second)].concat() {
        assert!(answer["result"].is_object(), "{answer}");
    }
    assert_eq!(count.n() + other_count.n(), 2, "the harness would not notice a second opening");
    [server, second]
}

#[test]
fn the_handshake_and_the_tools_are_there_before_the_database() {
    let door = Arc::new(Door::shut_at_first("the database"));
    let held = Arc::clone(&door);
    let (folder, count, audit) = service(move |_, at| {
        held.pass();
        really(at)
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
    let (folder, _, audit) = service(move |number, at| {
        if number == 1 {
            held.pass();
            return Err(annals::store::Error::new(annals::store::ErrorKind::Permission, "/secret/place is not ours"));
        }
        really(at)
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

#[test]
fn postgresql_that_is_down_at_the_first_attempt_is_opened_once_when_it_is_up() {
    let postgres = Postgres::alone(Flush::None);
    postgres.create("late", "template0");
    let at = At::Server(postgres.url("late"));
    postgres.kill();
    let (folder, succeeded) = (tempfile::tempdir().expect("as it should be"), Arc::new(AtomicU64::new(0)));
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).expect("as it should be");
    let n_succeeded = Arc::clone(&succeeded);
    let (count, opener) = counted(move |_| {
        let opened = at.open("opening")?;
        n_succeeded.fetch_add(1, Ordering::AcqRel);
        Ok(opened)
    });
    let audit = Audit::with_opener(&Settings::new(&data), opener).expect("as it should be");
    let server = Arc::new(Server::start_over(audit, folder, Config::default()));
    let first = call_with(&server, &[], "get_stats", &json!({}));
    let error = &first["structuredContent"]["error"];
    assert_eq!((&error["code"], &error["retryable"]), (&json!("unavailable"), &json!(true)), "{first}");
    assert!(count.n() > 0 && succeeded.load(Ordering::Acquire) == 0);
    postgres.start_again();
    until("it is open", PATIENCE, || call_with(&server, &[], "get_stats", &json!({}))["isError"] != true);
    for answer in race(&server) {
        assert!(answer["result"].is_object() && answer["result"]["isError"] != true, "{answer}");
    }
    assert_eq!(succeeded.load(Ordering::Acquire), 1);
    drop(server);
}
