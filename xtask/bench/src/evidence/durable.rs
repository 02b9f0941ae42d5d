//! Durable events a second with the tree, its checkpoints and all, and without any of it: the same way from `record` to the flush, over the same store, opened in two ways.
//!
//! Both sides have events that were built before the clock runs, and fresh databases each round; the ratio is taken within a round, since the disk's mood changes between rounds.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals::{Audit, Event, Settings};
use annals_sqlite::SqliteStore;
use serde_json::json;

use super::{database, say};
use crate::numbers::{float, median, rate};
use crate::report::{Bound, Part, Table};
use crate::sample::{short_event, short_events};

const N_ROUNDS: usize = 7;

pub(super) fn measure(folder: &Path, n_events: usize) -> anyhow::Result<Part> {
    let mut part = Part::new("durable", json!({ "n_rounds": N_ROUNDS, "n_events": n_events, "synchronous": "full" }));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..N_ROUNDS {
        say(&format!("durable: round {} of {N_ROUNDS}", round + 1));
        let events = || short_events(round as u64, n_events).collect::<Vec<_>>();
        let mut turns: [&mut dyn FnMut() -> anyhow::Result<()>; 2] = [
            &mut || {
                let data = folder.join("with");
                with.push(rate(n_events as u64, record(&Audit::open(&data)?, events())?));
                Ok(std::fs::remove_dir_all(&data)?)
            },
            &mut || {
                let data = folder.join("without");
                without.push(rate(n_events as u64, record(&open_without(&data)?, events())?));
                Ok(std::fs::remove_dir_all(&data)?)
            },
        ];
        if round % 2 == 1 {
            turns.reverse();
        }
        turns.into_iter().try_for_each(|turn| turn())?;
    }
    let ratios: Vec<f64> = with.iter().zip(&without).map(|(with, without)| with / without).collect();
    let mut table = Table::new("events a second", &["median", "lowest", "highest"]);
    for (what, rates) in [("with the tree", &with), ("without", &without), ("with, times without", &ratios)] {
        table.row(what, spread(rates));
    }
    part.tables.push(table);
    part.goal("durable events a second with the tree, times without", median(&ratios), Bound::AtLeast(0.85));
    Ok(part)
}

/// A service like any other over a store that keeps no tree.
fn open_without(data: &Path) -> anyhow::Result<Audit> {
    std::fs::create_dir(data)?;
    let database = database(data);
    Ok(Audit::with_opener(&Settings::new(data), move || Ok(Arc::new(SqliteStore::open_without_tree(&database)?)))?)
}

/// From the first call to the flush's return.
fn record(audit: &Audit, events: Vec<Event>) -> anyhow::Result<Duration> {
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
    Ok(took)
}

pub(super) fn spread(values: &[f64]) -> Vec<f64> {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(float(0), f64::max);
    vec![median(values), lowest, highest]
}
