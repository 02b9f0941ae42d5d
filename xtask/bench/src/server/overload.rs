//! How soon a server with too much to do says so: its journal full, since somebody holds the database, and sixteen clients that go on sending.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use rusqlite::Connection;
use serde_json::json;

use super::{pairs, say};
use crate::client::Client;
use crate::numbers::{Times, float};
use crate::process::Server;
use crate::report::{Bound, Part, Table};

const N_CLIENTS: u32 = 16;
/// How long they go on once the first was refused.
const LASTS: Duration = Duration::from_secs(3);
/// When nobody is refused, something else is wrong.
const PATIENCE: Duration = Duration::from_mins(2);
/// How soon each is told, in ms.
const MOST_MS: f64 = 50.0;

/// What one client saw.
struct Seen {
    refused: Times,
    n_refused: u64,
    n_accepted: u64,
}

pub(super) fn measure(annals: &Path, folder: &Path) -> anyhow::Result<Part> {
    say("overload");
    let data = folder.join("overload");
    let server = Server::annals(annals, &data)?;
    let address = server.address;
    let mut part = Part::new("overload", json!({ "n_clients": N_CLIENTS, "lasts_s": LASTS.as_secs() }));
    Client::connect(address)?.must(&crate::client::request(
        address,
        "/v1/events?wait=durable",
        &[("Content-Type", "application/json")],
        r#"{"event_type":"tool.invoked"}"#,
    ))?;
    let held = Connection::open(data.join("annals.db"))?;
    held.execute_batch("BEGIN EXCLUSIVE;")?;
    let seen: Vec<anyhow::Result<Seen>> = thread::scope(|scope| {
        let clients: Vec<_> = (0..N_CLIENTS).map(|_| scope.spawn(move || flood(address))).collect();
        clients.into_iter().map(|client| client.join().unwrap_or_else(|_| Err(anyhow!("a client panicked")))).collect()
    });
    let memory = server.memory("VmHWM:")?;
    held.execute_batch("ROLLBACK;")?;
    drop(held);
    server.stop()?;
    let (mut refused, mut n_refused, mut n_accepted) = (Times::new(), 0, 1);
    for one in seen {
        let one = one?;
        refused.merge(&one.refused);
        n_refused += one.n_refused;
        n_accepted += one.n_accepted;
    }
    let audit = annals::Audit::open(&data)?;
    let n_kept = audit.count(&annals::Filter::new().event_type("tool.invoked"))?;
    ensure!(n_kept == n_accepted, "{n_accepted} events were accepted and {n_kept} are on record");
    let mut table = Table::new("refusals", &["p50_ms", "p99_ms", "p999_ms", "longest_ms"]);
    table.row(
        "503",
        vec![refused.millis(0.5), refused.millis(0.99), refused.millis(0.999), refused.longest_micros() / 1e3],
    );
    part.tables.push(table);
    part.parameters.insert("n_refused".to_owned(), n_refused.into());
    part.parameters.insert("n_accepted".to_owned(), n_accepted.into());
    part.goal("until a refusal is there, at p99, in ms", refused.millis(0.99), Bound::AtMost(MOST_MS));
    part.goal("resident memory at the most, in MB", float(memory) / 1e6, Bound::AtMost(200.0));
    Ok(part)
}

/// Sends until it has been refused for long enough.
fn flood(address: std::net::SocketAddr) -> anyhow::Result<Seen> {
    let mut client = Client::connect(address)?;
    let event = pairs::event(address);
    let mut seen = Seen { refused: Times::new(), n_refused: 0, n_accepted: 0 };
    let began = Instant::now();
    let mut since = None;
    while since.is_none_or(|since: Instant| since.elapsed() < LASTS) {
        ensure!(began.elapsed() < PATIENCE, "nobody was refused");
        let answer = client.ask(&event)?;
        let (status, took) = (answer.status, answer.took);
        match status {
            202 => seen.n_accepted += 1,
            429 | 503 => {
                since.get_or_insert_with(Instant::now);
                seen.refused.add(took);
                seen.n_refused += 1;
            }
            _ => ensure!(false, "the server answers {status}: {}", String::from_utf8_lossy(answer.body)),
        }
    }
    Ok(seen)
}
