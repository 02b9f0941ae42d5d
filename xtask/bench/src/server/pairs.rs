//! The same requests to two servers in turns: calls of a tool, and single events.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use serde_json::json;

use super::bare::Bare;
use super::say;
use crate::client::{Client, request};
use crate::mcp;
use crate::numbers::{Times, median, rate};
use crate::process::Server;
use crate::report::{Bound, Part, Table};

/// How often each side has its turn.
const N_TURNS: u32 = 20;
/// How many connections ask at once.
const N_CONNECTIONS: [u32; 2] = [1, 8];
/// Calls that nobody counts, before the first turn.
const N_WARM: u32 = 500;

/// What a body says, as an agent's would.
pub(crate) const EVENT: &str = r#"{"event_type":"tool.invoked","actor_name":"refactor-bot","tool":"write_file","resource":"src/cart.rs","session_id":"s-2026-11-20","details":{"path":"src/cart.rs","n_lines":12,"reason":"extract the price calculation into its own module","ok":true}}"#;

/// One server under the client.
struct Side {
    connections: Vec<Client>,
    request: Vec<u8>,
    times: Times,
    rates: Vec<f64>,
}

/// What is asked, and what must hold of the answers.
struct Pair<'a> {
    table: &'static str,
    sides: [(&'static str, SocketAddr, Vec<u8>); 2],
    n_calls: u32,
    least_ratio: f64,
    /// The most that p99 may be of the other's, where that is asked.
    most_p99: Option<f64>,
    what: &'a str,
}

/// Calls of `record_event` in both eras beside those of a tool that does nothing.
pub(super) fn mcp(annals: &Path, folder: &Path, n_calls: u32) -> anyhow::Result<Part> {
    let server = Server::annals(annals, &folder.join("mcp"))?;
    let bare = Server::bare(Bare::Mcp)?;
    let mut part = Part::new("mcp", json!({ "n_calls": n_calls, "n_turns": N_TURNS, "connections": N_CONNECTIONS }));
    for (era, table) in [("2026-07-28", "calls of a tool, 2026-07-28"), ("2025-11-25", "calls of a tool, 2025-11-25")] {
        say(&format!("mcp: {era}"));
        let sides = [("annals", server.address), ("rmcp alone", bare.address)];
        let sides = sides.map(|(name, address)| (name, address, call(address, era)));
        let what = format!("calls of `record_event` ({era})");
        let pair = Pair { table, sides, n_calls, least_ratio: 0.7, most_p99: Some(2.0), what: &what };
        measure(&mut part, &pair)?;
    }
    server.stop()?;
    Ok(part)
}

/// A call of the tool.
pub(super) fn call(address: SocketAddr, era: &str) -> Vec<u8> {
    let event = serde_json::from_str(EVENT).expect("the text is a constant");
    mcp::call(address, era, "record_event", &event)
}

/// Single events beside a handler that only parses them.
pub(super) fn post(annals: &Path, folder: &Path, n_calls: u32) -> anyhow::Result<Part> {
    say("post");
    let server = Server::annals(annals, &folder.join("post"))?;
    let bare = Server::bare(Bare::Http)?;
    let mut part = Part::new("post", json!({ "n_calls": n_calls, "n_turns": N_TURNS, "connections": N_CONNECTIONS }));
    let sides = [("annals", server.address), ("axum alone", bare.address)];
    let sides = sides.map(|(name, address)| (name, address, event(address)));
    let what = "events by `POST /v1/events`";
    let pair = Pair { table: "single events", sides, n_calls, least_ratio: 0.6, most_p99: None, what };
    measure(&mut part, &pair)?;
    server.stop()?;
    Ok(part)
}

/// One event.
pub(super) fn event(address: SocketAddr) -> Vec<u8> {
    request(address, "/v1/events", &[("Content-Type", "application/json")], EVENT)
}

fn measure(part: &mut Part, pair: &Pair<'_>) -> anyhow::Result<()> {
    let mut table = Table::new(pair.table, &["per_second", "p50_ms", "p99_ms", "longest_ms"]);
    for n_connections in N_CONNECTIONS {
        let mut sides = Vec::new();
        for (_, address, request) in &pair.sides {
            let mut connections = Vec::new();
            for _ in 0..n_connections {
                let mut client = Client::connect(*address)?;
                // An error in words that MCP calls success would be a fast answer.
                let answer = client.ask(request)?;
                let body = String::from_utf8_lossy(answer.body).into_owned();
                ensure!(
                    (200..300).contains(&answer.status) && !body.contains("\"error\""),
                    "{}: {body}",
                    answer.status
                );
                (0..N_WARM / n_connections).try_for_each(|_| client.must(request).map(drop))?;
                connections.push(client);
            }
            sides.push(Side { connections, request: request.clone(), times: Times::new(), rates: Vec::new() });
        }
        for turn in 0..N_TURNS {
            let order = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
            for index in order {
                take_turn(&mut sides[index], pair.n_calls / N_TURNS)?;
            }
        }
        let ratios: Vec<f64> = sides[0].rates.iter().zip(&sides[1].rates).map(|(ours, theirs)| ours / theirs).collect();
        let over =
            if n_connections == 1 { "one connection".to_owned() } else { format!("{n_connections} connections") };
        for ((name, ..), side) in pair.sides.iter().zip(&sides) {
            let figures = vec![
                median(&side.rates),
                side.times.millis(0.5),
                side.times.millis(0.99),
                side.times.longest_micros() / 1e3,
            ];
            table.row(format!("{name}, {over}"), figures);
        }
        let what = pair.what;
        part.goal(format!("{what} over {over}, times the other's"), median(&ratios), Bound::AtLeast(pair.least_ratio));
        if let Some(most) = pair.most_p99 {
            let p99 = sides[0].times.millis(0.99) / sides[1].times.millis(0.99);
            part.goal(format!("{what} over {over}, p99, times the other's"), p99, Bound::AtMost(most));
        }
    }
    part.tables.push(table);
    Ok(())
}

/// One side's turn: all its connections at once.
fn take_turn(side: &mut Side, n_calls: u32) -> anyhow::Result<()> {
    let n_connections = u32::try_from(side.connections.len())?;
    let n_each = n_calls / n_connections;
    let request = &side.request;
    let began = Instant::now();
    let done: Vec<anyhow::Result<Vec<Duration>>> = thread::scope(|scope| {
        let threads: Vec<_> = side
            .connections
            .iter_mut()
            .map(|client| scope.spawn(move || (0..n_each).map(|_| client.must(request)).collect()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a client panicked")))).collect()
    });
    side.rates.push(rate(u64::from(n_each * n_connections), began.elapsed()));
    for times in done {
        times?.into_iter().for_each(|time| side.times.add(time));
    }
    Ok(())
}
