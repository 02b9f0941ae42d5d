//! Searches by words and vectors, with nothing between the caller and the library, on PostgreSQL and on SQLite in turns.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use annals::{Audit, Caller, Settings};
use annals_awareness::{Awareness, Context, Embedding, Pace};
use anyhow::{anyhow, ensure};
use serde_json::json;

use super::{Databases, say};
use crate::awareness::calls::question;
use crate::awareness::home::Home;
use crate::numbers::Times;
use crate::report::{Bound, Part, Table};
use crate::search::provider::{DIMENSION, Instant as Provider};
use crate::search::{embedded, search};

/// How often all questions are asked.
const N_ROUNDS: usize = 3;
/// The most that the middle search takes, times the same on SQLite.
const MOST: f64 = 2.5;

/// One database with what is asked of it.
struct Side {
    service: Awareness,
    workers: Vec<JoinHandle<()>>,
    asked: Vec<String>,
    times: Times,
}

pub(super) fn measure(databases: &Databases<'_>, n_entries: u32) -> anyhow::Result<Part> {
    let url = databases.make("hybrid");
    let caller = Caller::new("default", "bench")?;
    let context = Context { caller, client: None, traceparent: None };
    let mut sides = Vec::new();
    for (name, database) in [("postgres", Some(url.as_str())), ("sqlite", None)] {
        say(&format!("hybrid: filling {name} with {n_entries} entries"));
        sides.push(filled(databases, &databases.folder.join(format!("hybrid-{name}")), database, n_entries, &context)?);
    }
    databases.server.sql("hybrid", "VACUUM ANALYZE");
    for round in 0..=N_ROUNDS {
        say(&format!("hybrid: round {round} of {N_ROUNDS}"));
        for side in &mut sides {
            for query in &side.asked {
                let asked_at = Instant::now();
                let answer = search(&side.service, &context, query)?;
                let time = asked_at.elapsed();
                ensure!(answer["lanes"] == json!(["text", "vector"]), "lanes {}", answer["lanes"]);
                // The first round finds caches empty.
                if round > 0 {
                    side.times.add(time);
                }
            }
        }
    }
    let parameters = json!({ "n_entries": n_entries, "n_rounds": N_ROUNDS, "dimension": DIMENSION });
    let mut part = Part::new("hybrid", parameters);
    let mut table = Table::new("latency", &["p50_ms", "p90_ms", "p99_ms"]);
    for (name, side) in ["postgres", "sqlite"].into_iter().zip(&sides) {
        table.row(name, [0.5, 0.9, 0.99].map(|quantile| side.times.millis(quantile)).to_vec());
    }
    let ratio = sides[0].times.millis(0.5) / sides[1].times.millis(0.5);
    part.goal("p50 of a search by words and vectors, times SQLite's", ratio, Bound::AtMost(MOST));
    part.tables.push(table);
    for side in sides {
        if let Some(embedding) = side.service.embedding() {
            embedding.stop();
        }
        for worker in side.workers {
            worker.join().map_err(|_| anyhow!("a worker panicked"))?;
        }
        side.service.audit().close()?;
    }
    Ok(part)
}

/// A database with entries that all have vectors.
fn filled(
    databases: &Databases<'_>,
    folder: &Path,
    database: Option<&str>,
    n_entries: u32,
    context: &Context,
) -> anyhow::Result<Side> {
    std::fs::create_dir(folder)?;
    let home = Home::fill(databases.annals, folder, database, n_entries)?;
    let mut settings = Settings::new(&home.data);
    if let Some(url) = database {
        settings = settings.database_url(url);
    }
    let pace = Pace { patience: Duration::from_secs(5), ..Pace::default() };
    let embedding = Embedding::new(Arc::new(Provider), None, pace);
    let service = Awareness::new(Audit::with_settings(&settings)?).with_embedding(embedding);
    let workers = service.embed(true)?;
    embedded(&service, context)?;
    let asked = home.texts.iter().enumerate().map(|(n, text)| question(&home, n, text)).collect();
    Ok(Side { service, workers, asked, times: Times::new() })
}
