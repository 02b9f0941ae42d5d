//! One tool, called by some clients at once for some seconds.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use serde_json::{Value, json};

use super::calls::Tool;
use crate::client::{Client, request};
use crate::mcp::content;
use crate::numbers::{Times, rate};

/// Calls of each client that nobody counts.
const N_WARM: usize = 20;
/// What an answer has that is a tool's refusal, which HTTP and a clock take for a success.
const REFUSED: &str = "\"isError\":true";

/// What is called, and for how long.
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) tool: Tool,
    pub(crate) requests: Vec<Vec<u8>>,
    pub(crate) lasts: Duration,
}

/// What one client saw.
struct Seen {
    times: Times,
    n_calls: u64,
}

impl Load {
    /// Asks each question once and looks at its answer; notes are not worth it, of which one is like the other.
    pub(crate) fn look_once(&self) -> anyhow::Result<()> {
        let mut client = Client::connect(self.address)?;
        let n_looked_at = if self.tool == Tool::Remember { 1 } else { self.requests.len() };
        for request in &self.requests[..n_looked_at] {
            client.must(request)?;
            self.tool.look_at(client.body())?;
        }
        Ok(())
    }
}

/// How many entries the server counts.
pub(crate) fn n_entries(address: SocketAddr) -> anyhow::Result<u64> {
    stats(address)?["total"].as_u64().ok_or_else(|| anyhow!("the statistics have no total"))
}

/// How many of them are notes: a text in a language without stems brings an alert of the server's own.
fn n_notes(address: SocketAddr) -> anyhow::Result<u64> {
    stats(address)?["entries"]["note"].as_u64().ok_or_else(|| anyhow!("the statistics have no notes"))
}

fn stats(address: SocketAddr) -> anyhow::Result<Value> {
    let mut client = Client::connect(address)?;
    client.must(&Tool::GetStats.request(address, &json!({})))?;
    content(client.body())
}

/// Waits until all events of the calls so far are in the database, so that no round pays for the one before.
fn settle(address: SocketAddr) -> anyhow::Result<()> {
    let headers = [("Content-Type", "application/json")];
    let last = request(address, "/v1/events?wait=durable", &headers, r#"{"event_type":"tool.invoked"}"#);
    Client::connect(address)?.must(&last).map(drop)
}

/// So many clients at once: their calls a second together, and how long each call took.
pub(crate) fn round(load: &Load, n_clients: u32) -> anyhow::Result<(f64, Times)> {
    settle(load.address)?;
    let before = n_notes(load.address)?;
    let n_clients = usize::try_from(n_clients)?;
    // Each begins elsewhere, so that they don't all ask the same.
    let firsts = (0..n_clients).map(|client| client * load.requests.len() / n_clients);
    let (ready, began) = (Barrier::new(n_clients + 1), Instant::now());
    let (seen, took) = thread::scope(|scope| {
        let ready = &ready;
        let clients: Vec<_> = firsts.map(|first| scope.spawn(move || client(load, first, ready))).collect();
        ready.wait();
        let waited = began.elapsed();
        let seen: Vec<anyhow::Result<Seen>> = clients
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|_| Err(anyhow!("a client panicked"))))
            .collect();
        (seen, began.elapsed().saturating_sub(waited))
    });
    let (mut times, mut n_calls) = (Times::new(), 0);
    for one in seen {
        let one = one?;
        times.merge(&one.times);
        n_calls += one.n_calls;
    }
    let n_added = n_notes(load.address)? - before;
    let n_expected = if load.tool == Tool::Remember { n_calls + (n_clients * N_WARM) as u64 } else { 0 };
    ensure!(n_added == n_expected, "{n_expected} notes were answered, and the server counts {n_added}");
    Ok((rate(n_calls, took), times))
}

/// One client. It waits for the others when it is ready or has failed, since they wait for it.
fn client(load: &Load, first: usize, ready: &Barrier) -> anyhow::Result<Seen> {
    let mut requests = load.requests.iter().cycle().skip(first);
    let mut ask = |client: &mut Client| -> anyhow::Result<Duration> {
        let request = requests.next().ok_or_else(|| anyhow!("there is nothing to ask"))?;
        let took = client.must(request)?;
        let body = String::from_utf8_lossy(client.body());
        ensure!(!body.contains(REFUSED), "`{}` answers {body:.500}", load.tool.as_str());
        Ok(took)
    };
    let warm = Client::connect(load.address).and_then(|mut client| {
        (0..N_WARM).try_for_each(|_| ask(&mut client).map(drop))?;
        Ok(client)
    });
    ready.wait();
    let mut client = warm?;
    let mut seen = Seen { times: Times::new(), n_calls: 0 };
    let began = Instant::now();
    while began.elapsed() < load.lasts {
        seen.times.add(ask(&mut client)?);
        seen.n_calls += 1;
    }
    Ok(seen)
}
