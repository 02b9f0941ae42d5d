//! Commits whose answer is lost, and a database that is gone for a while: nothing is lost or doubled, and whoever asks is told.

use std::time::{Duration, Instant};

use annals_testkit::postgres::{Cut, Database, Wire};
use annals_testkit::{PATIENCE, keep_line, rounds, until};
use serde_json::Value;

use super::beds_at;
use super::load::{Load, rows};
use crate::bed::{Bed, DEADLINE, lasting_port};
use crate::serve::client::Client;
use crate::serve::running::Running;

fn start(bed: &Bed) -> Running {
    Running::start(
        bed,
        &format!("127.0.0.1:{}", lasting_port()),
        &["--set", "audit_journal_bytes=320KiB", "--set", "server_stop_timeout=2s"],
        &[],
    )
}

#[test]
fn commits_that_are_cut_in_the_middle_neither_double_nor_lose() {
    let n_cuts = rounds(12, 200);
    let database = Database::with_vectors();
    let wire = Wire::to(database.socket());
    let beds = beds_at(&[&wire.url(database.url()), database.url()]);
    let mut servers: Vec<Running> = beds.iter().map(start).collect();
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let load = Load::on(&addresses);
    for n in 0..n_cuts {
        load.wait_for(30);
        wire.cut(if n % 2 == 0 { Cut::AfterCommit } else { Cut::BeforeCommit });
        until("a commit is cut", PATIENCE, || !wire.is_whole());
    }
    load.wait_for(30);
    let said = load.end();
    for server in &mut servers {
        assert!(server.stop().success());
    }
    let n_events = said.check(&beds[1]);
    keep_line(&format!(
        "- {n_cuts} commits of one of two nodes were cut in the middle, every other one behind the database: {} events were answered, each is among the {n_events} of the log once and in its producer's order, and the log verifies.",
        said.n_answered()
    ));
}

/// How a node says it is.
fn health(client: &mut Client) -> Value {
    let (status, text) = client.ask("GET", "/v1/health", "", "").unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn while_the_database_is_gone_events_are_taken_up_to_a_bound_and_delivered_later() {
    let database = Database::with_vectors();
    let wire = Wire::to(database.socket());
    let beds = beds_at(&[&wire.url(database.url())]);
    let bed = &beds[0];
    let mut server = start(bed);
    let mut client = Client::new(server.address);
    assert!(client.post("before", "durable"));
    assert_eq!(client.ask("GET", "/v1/events?limit=1", "", "").unwrap().0, 200);
    assert_eq!(health(&mut client)["state"], "ok", "the control: with its database it is well");
    assert_eq!(client.ask("GET", "/readyz", "", "").unwrap().0, 200, "the control: it is ready");
    wire.break_down();
    // Before anything is recorded that waits.
    until("it says so", DEADLINE, || health(&mut client)["state"] == "degraded");
    let (status, text) = client.ask("GET", "/readyz", "", "").unwrap();
    assert!(status == 503 && text.contains("can't be read"), "{text}");
    let mut taken = Vec::new();
    let mut take = |client: &mut Client, n_events: usize| {
        for _ in 0..n_events {
            let name = format!("meanwhile-{:05}", taken.len());
            if !client.post(&name, "accepted") {
                return taken.len();
            }
            taken.push(name);
        }
        taken.len()
    };
    assert_eq!(take(&mut client, 50), 50, "they are taken");
    assert_eq!(health(&mut client)["state"], "degraded");
    for path in ["/v1/events?limit=1", "/v1/stats?bucket=1h", "/v1/sessions"] {
        let began = Instant::now();
        let (status, text) = client.ask("GET", path, "", "").unwrap();
        assert!(status == 503 && began.elapsed() < Duration::from_secs(5), "{path} {:?}: {text}", began.elapsed());
        assert!(!text.contains("annals-wire"), "{text}");
    }
    // It ends meanwhile, and begins, and what it has taken waits for the database.
    assert_eq!(server.stop().code(), Some(3), "it says that some of it is not durable");
    server = start(bed);
    client = Client::new(server.address);
    assert_eq!(take(&mut client, 50), 100, "it takes events though it has never seen its database");
    // To the bound, and no further.
    let n_taken = take(&mut client, 1_000_000);
    assert!((200..100_000).contains(&n_taken), "{n_taken}");
    assert_eq!(client.ask("GET", "/healthz", "", "").unwrap().0, 200);
    wire.mend();
    until("what was taken is durable", DEADLINE, || {
        health(&mut client)["queued"] == 0 && client.post("after", "durable")
    });
    assert_eq!(health(&mut client)["state"], "ok");
    assert!(server.stop().success());
    let rows = rows(bed);
    let found: Vec<&str> = rows.iter().filter_map(|row| row["resource"].as_str()).collect();
    // What each of the two processes took is in its order.
    for taken in [&taken[..50], &taken[50..]] {
        let span = taken[0].as_str()..=taken[taken.len() - 1].as_str();
        let of_process: Vec<&str> = found.iter().copied().filter(|name| span.contains(name)).collect();
        assert_eq!(of_process, taken, "each once, in their order");
    }
    assert_eq!(bed.good(&["verify"]).rows()[0]["verdict"], "sound");
}
