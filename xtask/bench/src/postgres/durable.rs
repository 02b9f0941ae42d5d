//! Durable events a second: the whole way from `record` to the commit's answer, beside a loop of bare inserts that `unnest` the same rows into the same table.
//!
//! The bare side has the same columns and indexes, transactions of the same size, and statements that were prepared before the clock runs. What it lacks is all else: no journal, no queue, no validation,
//! no tree, no marks, no tables beside. Its rows lie ready in memory. The ratio is taken within a round, since the disk's mood changes between rounds.

use std::time::{Duration, Instant};

use annals::{Audit, Event, Settings};
use annals_event::{Column, Encoded, Outcome};
use serde_json::json;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use super::{Databases, say};
use crate::numbers::{median, rate};
use crate::record::bare::{BATCH, Rows};
use crate::report::{Bound, Part, Table};
use crate::sample::{short_event, short_events};

const N_ROUNDS: usize = 5;
const N_EVENTS: usize = 100_000;
/// The least of ours, times theirs.
const LEAST: f64 = 0.6;

pub(super) fn measure(databases: &Databases<'_>) -> anyhow::Result<Part> {
    let parameters = json!({ "n_rounds": N_ROUNDS, "n_events": N_EVENTS, "batch": BATCH });
    let mut part = Part::new("durable", parameters);
    let (mut ours, mut theirs, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..N_ROUNDS {
        say(&format!("durable: round {} of {N_ROUNDS}", round + 1));
        let name = format!("durable_{round}");
        let url = databases.make(&name);
        let data = databases.folder.join(&name);
        let rows = Rows::of(short_events(round as u64, N_EVENTS))?;
        // Makes the tables, of which the other side takes a copy.
        let audit = Audit::with_settings(&Settings::new(&data).database_url(&url))?;
        audit.record(short_event())?;
        audit.flush()?;
        databases.server.sql(&name, "CREATE TABLE bare (LIKE event INCLUDING ALL); ALTER TABLE bare OWNER TO annals");
        let mut turns: [&mut dyn FnMut() -> anyhow::Result<()>; 2] = [
            &mut || {
                let events = short_events(round as u64, N_EVENTS).collect();
                ours.push(rate(N_EVENTS as u64, record(&audit, events)?));
                Ok(())
            },
            &mut || {
                theirs.push(rate(N_EVENTS as u64, insert(&url, &rows)?));
                Ok(())
            },
        ];
        if round % 2 == 1 {
            turns.reverse();
        }
        turns.into_iter().try_for_each(|turn| turn())?;
        audit.close()?;
        let size =
            "SELECT (pg_total_relation_size('event') + pg_total_relation_size('tile')) / (SELECT count(*) FROM event)";
        sizes.push(databases.server.sql(&name, size).parse()?);
    }
    let ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let mut table = Table::new("events a second", &["median", "lowest", "highest"]);
    for (what, rates) in [("annals", &ours), ("bare inserts", &theirs), ("annals, times bare inserts", &ratios)] {
        let (lowest, highest) = (rates.iter().copied().reduce(f64::min), rates.iter().copied().reduce(f64::max));
        table.row(what, vec![median(rates), lowest.unwrap_or_default(), highest.unwrap_or_default()]);
    }
    part.tables.push(table);
    let mut size = Table::new("on the disk", &["bytes"]);
    size.row("an event with its indexes and its leaf", vec![median(&sizes)]);
    part.tables.push(size);
    part.goal("durable events a second, times bare inserts", median(&ratios), Bound::AtLeast(LEAST));
    Ok(part)
}

/// From the first call to the flush's return.
fn record(audit: &Audit, events: Vec<Event>) -> anyhow::Result<Duration> {
    let began = Instant::now();
    for event in events {
        audit.record(event)?;
    }
    audit.flush()?;
    Ok(began.elapsed())
}

/// From the first transaction to the last one's answer.
fn insert(url: &str, rows: &Rows) -> anyhow::Result<Duration> {
    let rows = rows.read()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut client, connection) = tokio_postgres::connect(url, NoTls).await?;
        let driver = tokio::spawn(connection);
        let took = loop_of_inserts(&mut client, &rows).await?;
        drop(client);
        driver.await??;
        Ok(took)
    })
}

async fn loop_of_inserts(client: &mut Client, rows: &[Encoded<'_>]) -> anyhow::Result<Duration> {
    let texts = Column::ALL.iter().copied().filter(|column| rows.iter().any(|row| row.get(*column).is_some()));
    let texts: Vec<Column> = texts.collect();
    let fixed = [
        ("seq", "BIGINT"),
        ("id", "BYTEA"),
        ("event_type", "TEXT"),
        ("created_at", "BIGINT"),
        ("recorded_at", "BIGINT"),
        ("space", "TEXT"),
        ("credential", "TEXT"),
        ("producer", "BYTEA"),
        ("pseq", "BIGINT"),
        ("phase", "TEXT"),
        ("outcome", "TEXT"),
        ("n_redacted", "BIGINT"),
        ("salt", "BYTEA"),
        ("details", "TEXT"),
    ];
    let columns = fixed.into_iter().chain(texts.iter().map(|column| (column.name(), "TEXT")));
    let (names, arrays): (Vec<&str>, Vec<String>) =
        columns.enumerate().map(|(n, (name, kind))| (name, format!("${}::{kind}[]", n + 1))).unzip();
    let statement = format!("INSERT INTO bare ({}) SELECT * FROM unnest({})", names.join(", "), arrays.join(", "));
    let statement = client.prepare(&statement).await?;
    let (producer, mut seq) = ([7_u8; 16], 0_i64);
    let began = Instant::now();
    for rows in rows.chunks(BATCH) {
        let mut salts = vec![0; rows.len() * 32];
        getrandom::fill(&mut salts)?;
        let recorded_at = annals::Timestamp::from(std::time::SystemTime::now()).as_nanos();
        let n = rows.len();
        let seqs: Vec<i64> = (seq..).take(n).collect();
        seq += i64::try_from(n)?;
        let ids: Vec<Vec<u8>> = rows.iter().map(|row| row.id().as_bytes().to_vec()).collect();
        let types: Vec<&str> = rows.iter().map(Encoded::event_type).collect();
        let created: Vec<i64> = rows.iter().map(|row| row.created_at().as_nanos()).collect();
        let spaces: Vec<&str> = rows.iter().map(Encoded::space).collect();
        let credentials: Vec<&str> = rows.iter().map(Encoded::credential).collect();
        let phases: Vec<&str> = rows.iter().map(|row| row.phase().as_str()).collect();
        let outcomes: Vec<Option<&str>> = rows.iter().map(|row| row.outcome().map(Outcome::as_str)).collect();
        let redacted: Vec<i64> = rows.iter().map(|row| i64::from(row.n_redacted())).collect();
        let salts: Vec<&[u8]> = salts.chunks(32).collect();
        let details: Vec<Option<&str>> = rows.iter().map(Encoded::details).collect();
        let (recorded, producers) = (vec![recorded_at; n], vec![&producer[..]; n]);
        let texts: Vec<Vec<Option<&str>>> =
            texts.iter().map(|column| rows.iter().map(|row| row.get(*column)).collect()).collect();
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![
            &seqs,
            &ids,
            &types,
            &created,
            &recorded,
            &spaces,
            &credentials,
            &producers,
            &seqs,
            &phases,
            &outcomes,
            &redacted,
            &salts,
            &details,
        ];
        values.extend(texts.iter().map(|values| values as &(dyn ToSql + Sync)));
        let transaction = client.transaction().await?;
        transaction.execute(&statement, &values).await?;
        transaction.commit().await?;
    }
    Ok(began.elapsed())
}
