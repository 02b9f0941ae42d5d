//! What an idle server needs: after its start, and after a burst that is over.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{anyhow, ensure};
use serde_json::json;

use super::{pairs, say};
use crate::client::{Client, request};
use crate::numbers::float;
use crate::process::Server;
use crate::report::{Bound, Part, Table};

/// The most that it needs, in MB.
const MOST_MB: f64 = 30.0;
/// How many clients make the burst.
const N_CLIENTS: u32 = 8;
/// How long it is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

pub(super) fn measure(annals: &Path, folder: &Path, n_calls: u32) -> anyhow::Result<Part> {
    say("memory");
    let mut part =
        Part::new("memory", json!({ "n_events": n_calls, "n_clients": N_CLIENTS, "idle_s": IDLE.as_secs() }));
    let server = Server::annals(annals, &folder.join("memory"))?;
    let mut client = Client::connect(server.address)?;
    client.must(&request(server.address, "/healthz", &[], ""))?;
    thread::sleep(IDLE);
    let started = server.memory("VmRSS:")?;
    let address = server.address;
    thread::scope(|scope| -> anyhow::Result<()> {
        let clients: Vec<_> = (0..N_CLIENTS)
            .map(|_| {
                scope.spawn(move || -> anyhow::Result<()> {
                    let mut client = Client::connect(address)?;
                    let (event, call) = (pairs::event(address), pairs::call(address, "2026-07-28"));
                    let page = request(address, "/v1/events?limit=100", &[], "");
                    for n in 0..n_calls / N_CLIENTS {
                        client.must(if n % 2 == 0 { &event } else { &call })?;
                        if n % 100 == 0 {
                            client.must(&page)?;
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        clients.into_iter().try_for_each(|client| client.join().unwrap_or_else(|_| Err(anyhow!("a client panicked"))))
    })?;
    let in_burst = server.memory("VmHWM:")?;
    thread::sleep(IDLE);
    let after = server.memory("VmRSS:")?;
    ensure!(
        client.ask(&request(address, "/readyz", &[], ""))?.status == 200,
        "the server is not ready after the burst"
    );
    server.stop()?;
    let mut table = Table::new("resident memory", &["mb"]);
    let mb = |bytes: u64| float(bytes) / 1e6;
    for (what, bytes) in
        [("idle after the start", started), ("the most in the burst", in_burst), ("idle after the burst", after)]
    {
        table.row(what, vec![mb(bytes)]);
    }
    part.tables.push(table);
    part.goal("idle after the start, in MB", mb(started), Bound::AtMost(MOST_MB));
    part.goal("idle after the burst, in MB", mb(after), Bound::AtMost(MOST_MB));
    Ok(part)
}
