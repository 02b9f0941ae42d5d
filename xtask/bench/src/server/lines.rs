//! A stream of lines to the server, answered when all of it is durable, beside the library that records the same events by itself.

use std::path::Path;
use std::time::{Duration, Instant};

use annals::{Audit, Event};
use anyhow::ensure;
use serde_json::{Value, json};

use super::say;
use crate::client::{Client, request};
use crate::numbers::{median, rate};
use crate::process::Server;
use crate::report::{Bound, Part, Table};
use crate::sample::short_events;

const N_ROUNDS: u32 = 7;

pub(super) fn measure(annals: &Path, folder: &Path, n_events: u32) -> anyhow::Result<Part> {
    let mut part = Part::new("lines", json!({ "n_rounds": N_ROUNDS, "n_events": n_events, "wait": "durable" }));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..N_ROUNDS {
        say(&format!("lines: round {} of {N_ROUNDS}", round + 1));
        let events: Vec<Event> = short_events(u64::from(round), usize::try_from(n_events)?).collect();
        let body = lines(&events)?;
        let data = |side: &str| folder.join(format!("lines-{side}-{round}"));
        let mut turns: [&mut dyn FnMut() -> anyhow::Result<()>; 2] = [
            &mut || {
                let took = stream(annals, &data("server"), &body, n_events)?;
                ours.push(rate(u64::from(n_events), took));
                Ok(())
            },
            &mut || {
                theirs.push(rate(u64::from(n_events), record(&data("library"), events.clone())?));
                Ok(())
            },
        ];
        if round % 2 == 1 {
            turns.reverse();
        }
        turns.into_iter().try_for_each(|turn| turn())?;
    }
    let ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let mut table = Table::new("durable events a second", &["median", "lowest", "highest"]);
    for (what, values) in [("a stream of lines", &ours), ("the library by itself", &theirs)] {
        let (lowest, highest) =
            (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max));
        table.row(what, vec![median(values), lowest, highest]);
    }
    part.tables.push(table);
    let what = "durable events a second from a stream of lines, times the library's by itself";
    part.goal(what, median(&ratios), Bound::AtLeast(0.7));
    Ok(part)
}

/// The events as a client would send them.
fn lines(events: &[Event]) -> anyhow::Result<String> {
    let mut text = String::new();
    for event in events {
        let mut object = serde_json::Map::new();
        object.insert("event_type".to_owned(), event.event_type().into());
        for column in
            [annals::Column::ActorName, annals::Column::Tool, annals::Column::Resource, annals::Column::SessionId]
        {
            if let Some(value) = event.get(column) {
                object.insert(column.name().to_owned(), value.into());
            }
        }
        object.insert("details".to_owned(), event.details_value().cloned().unwrap_or(Value::Null));
        text += &serde_json::to_string(&object)?;
        text.push('\n');
    }
    Ok(text)
}

/// From the first byte to the answer, on a server that has opened its database.
fn stream(annals: &Path, data: &Path, body: &str, n_events: u32) -> anyhow::Result<Duration> {
    let server = Server::annals(annals, data)?;
    let mut client = Client::connect(server.address)?;
    client.must(&super::pairs::event(server.address))?;
    client.must(&request(
        server.address,
        "/v1/events?wait=durable",
        &[("Content-Type", "application/x-ndjson")],
        &body[..=body.find('\n').unwrap_or_default()],
    ))?;
    let request = request(
        server.address,
        "/v1/events?wait=durable&timeout=30s",
        &[("Content-Type", "application/x-ndjson")],
        body,
    );
    let answer = client.ask(&request)?;
    let (status, took) = (answer.status, answer.took);
    let answer: Value = serde_json::from_slice(answer.body)?;
    ensure!(status == 201 && answer["n_accepted"] == n_events && answer["state"] == "durable", "{status}: {answer}");
    server.stop()?;
    std::fs::remove_dir_all(data)?;
    Ok(took)
}

/// From the first call to the flush's return, on a service that has opened its database.
fn record(data: &Path, events: Vec<Event>) -> anyhow::Result<Duration> {
    let audit = Audit::open(data)?;
    audit.record(crate::sample::short_event())?;
    audit.flush()?;
    let began = Instant::now();
    for event in events {
        audit.record(event)?;
    }
    audit.flush()?;
    let took = began.elapsed();
    audit.close()?;
    std::fs::remove_dir_all(data)?;
    Ok(took)
}
