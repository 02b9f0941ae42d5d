//! Calls of what agents know, over HTTP by one client, on PostgreSQL and on SQLite in turns.

use std::time::Duration;

use serde_json::json;

use super::{Databases, say};
use crate::awareness::calls::Tool;
use crate::awareness::home::Home;
use crate::awareness::round::{Load, round};
use crate::numbers::Times;
use crate::process::Server;
use crate::report::{Bound, Part, Table};

/// How often each side has its turn.
const N_TURNS: u32 = 4;
/// The most that the middle call takes, times the same on SQLite.
const MOST: f64 = 2.5;
/// Keeping comes last, since it makes more of what is read.
const TOOLS: [Tool; 5] = [Tool::GetStats, Tool::GetBriefing, Tool::GetKnowledge, Tool::Search, Tool::Remember];

pub(super) fn measure(databases: &Databases<'_>, n_entries: u32, seconds: u32) -> anyhow::Result<Part> {
    let url = databases.make("calls");
    let mut sides = Vec::new();
    for (name, database) in [("postgres", Some(url.as_str())), ("sqlite", None)] {
        say(&format!("calls: filling {name} with {n_entries} entries"));
        let folder = databases.folder.join(format!("calls-{name}"));
        std::fs::create_dir(&folder)?;
        let home = Home::fill(databases.annals, &folder, database, n_entries)?;
        let server = Server::annals_at(databases.annals, &home.data, database)?;
        sides.push((name, home, server));
    }
    databases.server.sql("calls", "VACUUM ANALYZE");
    let mut part = Part::new("calls", json!({ "n_entries": n_entries, "n_turns": N_TURNS, "turn_seconds": seconds }));
    let mut table = Table::new("latency", &["p50_ms", "p99_ms", "sqlite_p50_ms", "sqlite_p99_ms", "p50_ratio"]);
    for tool in TOOLS {
        say(&format!("calls: {}", tool.as_str()));
        let mut times = [Times::new(), Times::new()];
        let mut loads = Vec::new();
        for (_, home, server) in &sides {
            let load = Load {
                address: server.address,
                tool,
                requests: tool.requests(server.address, home),
                lasts: Duration::from_secs(u64::from(seconds)),
            };
            load.look_once()?;
            loads.push(load);
        }
        for turn in 0..N_TURNS as usize {
            for at in [turn % 2, (turn + 1) % 2] {
                times[at].merge(&round(&loads[at], 1)?.1);
            }
        }
        let [ours, lite] = times;
        let ratio = ours.millis(0.5) / lite.millis(0.5);
        let figures = [ours.millis(0.5), ours.millis(0.99), lite.millis(0.5), lite.millis(0.99), ratio];
        table.row(tool.as_str(), figures.to_vec());
        part.goal(format!("p50 of `{}`, times SQLite's", tool.as_str()), ratio, Bound::AtMost(MOST));
    }
    part.tables.push(table);
    for (_, _, server) in sides {
        server.stop()?;
    }
    Ok(part)
}
