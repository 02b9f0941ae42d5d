//! Sixteen clients, each waiting for its event to be durable before it sends the next, on one node and on two of one database, in turns.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use serde_json::json;

use super::{Databases, say};
use crate::client::{Client, request};
use crate::numbers::{Times, median, rate};
use crate::process::Server;
use crate::report::{Bound, Part, Table};
use crate::server::pairs::EVENT;

/// How often each side has its turn.
const N_TURNS: u32 = 7;
const N_CLIENTS: usize = 16;
/// The least that two nodes do together, times one.
const LEAST: f64 = 0.8;

pub(super) fn measure(databases: &Databases<'_>, seconds: u32) -> anyhow::Result<Part> {
    let url = databases.make("nodes");
    let start = |name: &str| {
        let data = databases.folder.join(name);
        std::fs::create_dir(&data)?;
        Server::annals_at(databases.annals, &data, Some(&url))
    };
    let nodes = [start("node-one")?, start("node-two")?];
    let all = nodes.each_ref().map(|node| node.address);
    let lasts = Duration::from_secs(u64::from(seconds));
    let mut rates = [Vec::new(), Vec::new()];
    let mut times = [Times::new(), Times::new()];
    // The first turn of each finds everything cold, and is not counted.
    for turn in 0..=N_TURNS as usize {
        say(&format!("nodes: turn {turn} of {N_TURNS}"));
        for at in [turn % 2, (turn + 1) % 2] {
            let (one_rate, one_times) = clients(&all[..=at], lasts)?;
            if turn > 0 {
                rates[at].push(one_rate);
                times[at].merge(&one_times);
            }
        }
    }
    let parameters = json!({ "n_clients": N_CLIENTS, "n_turns": N_TURNS, "turn_seconds": seconds });
    let mut part = Part::new("nodes", parameters);
    let mut table = Table::new("events that were durable when answered", &["per_second", "p50_ms", "p99_ms"]);
    for ((name, rates), times) in ["one node", "two nodes"].into_iter().zip(&rates).zip(&times) {
        table.row(name, vec![median(rates), times.millis(0.5), times.millis(0.99)]);
    }
    part.tables.push(table);
    let ratios: Vec<f64> = rates[1].iter().zip(&rates[0]).map(|(two, one)| two / one).collect();
    part.goal("events a second on two nodes, times one", median(&ratios), Bound::AtLeast(LEAST));
    nodes.into_iter().try_for_each(Server::stop)?;
    Ok(part)
}

/// What all clients did in this time, each on the next of these nodes.
fn clients(nodes: &[SocketAddr], lasts: Duration) -> anyhow::Result<(f64, Times)> {
    let ready = Barrier::new(N_CLIENTS);
    let client = |address: SocketAddr| -> anyhow::Result<(u64, Times)> {
        let event = request(address, "/v1/events?wait=durable", &[("Content-Type", "application/json")], EVENT);
        let connected = Client::connect(address);
        ready.wait();
        let (mut client, mut n, mut times, began) = (connected?, 0, Times::new(), Instant::now());
        while began.elapsed() < lasts {
            times.add(client.must(&event)?);
            n += 1;
        }
        Ok((n, times))
    };
    let began = Instant::now();
    let done: Vec<anyhow::Result<(u64, Times)>> = thread::scope(|scope| {
        let addresses = nodes.iter().cycle().take(N_CLIENTS);
        let clients: Vec<_> = addresses.map(|address| scope.spawn(|| client(*address))).collect();
        clients.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(anyhow!("a client panicked")))).collect()
    });
    let took = began.elapsed();
    let (mut n_all, mut all) = (0, Times::new());
    for one in done {
        let (n, times) = one?;
        n_all += n;
        all.merge(&times);
    }
    Ok((rate(n_all, took), all))
}
