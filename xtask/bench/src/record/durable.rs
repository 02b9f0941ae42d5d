//! Durable events a second: the whole way from `record` to the flush, beside `rusqlite` alone with the same rows, and beside one commit an event.
//!
//! Our side's events are built and the other's rows are encoded before the clock runs; then one thread records them all and flushes. Each round has fresh databases, and
//! the ratio is taken within a round, since the disk's mood changes between rounds.

use std::path::Path;
use std::time::{Duration, Instant};

use annals::{Audit, Event};
use serde_json::json;

use super::bare::{self, Batch, Rows};
use super::{remove, say};
use crate::numbers::{float, median, rate};
use crate::report::{Bound, Part, Table};
use crate::sample::{short_event, short_events};

const N_ROUNDS: usize = 7;
const N_EVENTS: usize = 300_000;
/// With a flush each, these take as long as thousands together.
const N_ONE_BY_ONE: usize = 1_000;

pub(super) fn measure(folder: &Path) -> anyhow::Result<Part> {
    let parameters =
        json!({ "n_rounds": N_ROUNDS, "n_events": N_EVENTS, "n_one_by_one": N_ONE_BY_ONE, "synchronous": "full" });
    let mut part = Part::new("durable", parameters);
    let (mut ours, mut theirs, mut singles) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..N_ROUNDS {
        say(&format!("durable: round {} of {N_ROUNDS}", round + 1));
        let seed = round as u64;
        let rows = Rows::of(short_events(seed, N_EVENTS))?;
        let mut turns: [&mut dyn FnMut() -> anyhow::Result<()>; 2] = [
            &mut || {
                let events = short_events(seed, N_EVENTS).collect();
                ours.push(rate(N_EVENTS as u64, record(&folder.join("ours"), events)?));
                Ok(())
            },
            &mut || {
                theirs.push(rate(N_EVENTS as u64, insert(&folder.join("theirs"), &rows, N_EVENTS, Batch::AsOurs)?));
                Ok(())
            },
        ];
        if round % 2 == 1 {
            turns.reverse();
        }
        turns.into_iter().try_for_each(|turn| turn())?;
        let single = insert(&folder.join("theirs"), &rows, N_ONE_BY_ONE, Batch::OneByOne)?;
        singles.push(rate(N_ONE_BY_ONE as u64, single));
    }
    let ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let mut table = Table::new("events a second", &["median", "lowest", "highest"]);
    for (what, rates) in [("annals", &ours), ("rusqlite alone", &theirs), ("one commit an event", &singles)] {
        table.row(what, spread(rates));
    }
    table.row("annals, times rusqlite alone", spread(&ratios));
    part.tables.push(table);
    part.goal("durable events a second, times rusqlite alone", median(&ratios), Bound::AtLeast(0.6));
    Ok(part)
}

fn spread(values: &[f64]) -> Vec<f64> {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(float(0), f64::max);
    vec![median(values), lowest, highest]
}

/// From the first call to the flush's return.
fn record(data: &Path, events: Vec<Event>) -> anyhow::Result<Duration> {
    let audit = Audit::open(data)?;
    // Opening is not what is measured, on either side.
    audit.record(short_event())?;
    audit.flush()?;
    let began = Instant::now();
    for event in events {
        audit.record(event)?;
    }
    audit.flush()?;
    let took = began.elapsed();
    audit.close()?;
    remove(data)?;
    Ok(took)
}

/// From the first transaction to the last one's end.
fn insert(folder: &Path, rows: &Rows, n_rows: usize, batch: Batch) -> anyhow::Result<Duration> {
    std::fs::create_dir(folder)?;
    let rows = rows.read()?;
    let connection = bare::open(&folder.join("bare.db"))?;
    let began = Instant::now();
    bare::insert(&connection, &rows[..n_rows], batch)?;
    let took = began.elapsed();
    connection.close().map_err(|(_, error)| error)?;
    remove(folder)?;
    Ok(took)
}
