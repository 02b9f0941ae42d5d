//! `cargo xtask bench search`: what a search takes by words and by words and vectors, with nothing between the caller and the library, and whether it finds what is nearest under every filter.
//!
//! The vectors are made here, by a provider that needs no time, so that what a provider takes is in no figure. They lie in clusters, as those of texts do: each is the direction of its text's first
//! word with as much of its own. What is nearest is told by comparing a question with all vectors of the database one by one.

mod exactness;
pub(crate) mod provider;

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals::{Audit, Caller};
use annals_awareness::{Awareness, Context, Embedding, Pace, tools};
use anyhow::{anyhow, ensure};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use self::provider::{DIMENSION, Instant as Provider};
use crate::awareness::calls::question;
use crate::awareness::home::Home;
use crate::numbers::Times;
use crate::report::{Bound, Part, Report, Table};
use crate::{binary, scratch};

/// The most that the middle one of all searches takes, in ms.
const MOST_BY_WORDS_MS: f64 = 2.0;
const MOST_BY_VECTORS_MS: f64 = 10.0;
/// How often all questions are asked.
const N_ROUNDS: usize = 3;

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many entries there are
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    entries: u32,
    /// Measure only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<PartName>,
}

/// The parts, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum PartName {
    /// Questions of one, three and six words
    Words,
    /// The same with a vector each
    Hybrid,
    /// What is nearest under filters
    Exactness,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let scratch = scratch::folder()?;
    let annals = binary::built()?;
    eprintln!("{} entries: filling the log", options.entries);
    let home = Home::fill(&annals, scratch.path(), None, options.entries)?;
    let audit = Audit::open(&home.data)?;
    let caller = Caller::new("default", "bench")?;
    let context = Context { caller, client: None, traceparent: None };
    let asked: Vec<String> = home.texts.iter().enumerate().map(|(n, text)| question(&home, n, text)).collect();
    let wanted = |name: PartName| options.only.is_empty() || options.only.contains(&name);
    let mut parts = Vec::new();
    if wanted(PartName::Words) {
        let service = Awareness::new(audit.clone());
        parts.push(timed("words", &service, &context, &asked, options.entries, MOST_BY_WORDS_MS)?);
    }
    if wanted(PartName::Hybrid) || wanted(PartName::Exactness) {
        let pace = Pace { patience: Duration::from_secs(5), ..Pace::default() };
        let service = Awareness::new(audit.clone()).with_embedding(Embedding::new(Arc::new(Provider), None, pace));
        let began = Instant::now();
        let workers = service.embed(true)?;
        embedded(&service, &context)?;
        let filled = began.elapsed();
        if wanted(PartName::Hybrid) {
            // The first one reads all vectors into memory.
            let loaded = Instant::now();
            search(&service, &context, "kitchen backup router")?;
            let loaded = loaded.elapsed();
            let mut part = timed("hybrid", &service, &context, &asked, options.entries, MOST_BY_VECTORS_MS)?;
            let mut table = Table::new("once", &["seconds"]);
            table.row("all entries are embedded by a provider that needs no time", vec![filled.as_secs_f64()]);
            table.row("the first search, which reads all vectors", vec![loaded.as_secs_f64()]);
            part.tables.push(table);
            parts.push(part);
        }
        if wanted(PartName::Exactness) {
            parts.push(exactness::part(&service, &context, &home)?);
        }
        if let Some(embedding) = service.embedding() {
            embedding.stop();
        }
        for worker in workers {
            worker.join().map_err(|_| anyhow!("a worker panicked"))?;
        }
    }
    audit.close()?;
    let report = Report { benchmark: "search", parts };
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

/// Asks all questions some times, one after the other.
fn timed(
    name: &'static str,
    service: &Awareness,
    context: &Context,
    asked: &[String],
    n_entries: u32,
    most_ms: f64,
) -> anyhow::Result<Part> {
    eprintln!("{n_entries} entries: {name}");
    let began = Instant::now();
    let mut by_words: [Times; 3] = std::array::from_fn(|_| Times::new());
    let mut all = Times::new();
    for query in asked {
        let answer = search(service, context, query)?;
        ensure!(answer["entries"].as_array().is_some_and(|found| !found.is_empty()), "nothing is found for `{query}`");
        ensure!((answer["lanes"] == json!(["text", "vector"])) == (name == "hybrid"), "lanes {}", answer["lanes"]);
    }
    for _ in 0..N_ROUNDS {
        for (n, query) in asked.iter().enumerate() {
            let asked_at = Instant::now();
            search(service, context, query)?;
            let time = asked_at.elapsed();
            all.add(time);
            by_words[n % 3].add(time);
        }
    }
    let parameters =
        json!({ "n_entries": n_entries, "n_questions": asked.len(), "n_rounds": N_ROUNDS, "dimension": DIMENSION });
    let mut part = Part::new(name, parameters);
    let mut table = Table::new("latency", &["p50_ms", "p90_ms", "p99_ms"]);
    let figures = |times: &Times| vec![times.millis(0.5), times.millis(0.9), times.millis(0.99)];
    for (what, times) in ["one word", "three words", "six words"].into_iter().zip(&by_words) {
        table.row(what, figures(times));
    }
    table.row("all", figures(&all));
    part.goal("p50 of all, in ms", all.millis(0.5), Bound::AtMost(most_ms));
    part.tables.push(table);
    part.took = began.elapsed();
    Ok(part)
}

/// One search, as a client calls it.
pub(crate) fn search(service: &Awareness, context: &Context, query: &str) -> anyhow::Result<Value> {
    let mut arguments = Map::new();
    arguments.insert("query".to_owned(), query.into());
    arguments.insert("limit".to_owned(), 10.into());
    let answer = tools::call("search", service, context, arguments);
    answer.map(|answer| answer.value).map_err(|refusal| anyhow!("`{query}` is refused: {refusal:?}"))
}

/// Waits until all entries have vectors, and tells how far it has come.
pub(crate) fn embedded(service: &Awareness, context: &Context) -> anyhow::Result<()> {
    let mut said = u64::MAX;
    loop {
        let answer = tools::call("get_stats", service, context, Map::new());
        let stats = answer.map_err(|refusal| anyhow!("no statistics: {refusal:?}"))?.value;
        let pending = stats["embeddings"]["pending"].as_u64();
        if pending == Some(0) {
            return Ok(());
        }
        ensure!(stats["embeddings"]["problem"].is_null(), "{}", stats["embeddings"]);
        let pending = pending.unwrap_or(u64::MAX);
        if pending / 20_000 != said / 20_000 && pending != u64::MAX {
            eprintln!("{pending} entries wait for a vector");
            said = pending;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
