//! How the way to a server is: what waits for it, since when, and whether it answers.

use std::time::{Duration, SystemTime};

use annals::{Settings, Timestamp, Waiting, WaitingState};

use super::{COLUMNS, cell, clients, is_tidy, waits, word, wrapped};
use crate::arguments::{Common, Health};
use crate::commands::hook::lost;
use crate::failure::{self, Exit, Failure};
use crate::output::{Cell, Field, Fields, Format, Layout, Output, Tone};
use crate::reading::Reading;

/// A person waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Writes the state, what waits, and whether the server answers.
pub(super) fn run(common: &Common, arguments: &Health, settings: &Settings, server: &str) -> Result<Exit, Failure> {
    let clients = clients::look(settings)?;
    let lost = lost::read(settings.data()).unwrap_or_default();
    let reading = Reading::of(settings)?;
    let reached = reading.audit.reach_server(TIMEOUT);
    let waiting = reading.audit.waiting()?;
    let (n_queued, since) = summed(waiting.iter().filter(|journal| journal.is_ours));
    let (n_elsewhere, elsewhere_since) = summed(waiting.iter().filter(|journal| !journal.is_ours));
    let is_elsewhere = 0 < n_elsewhere;
    let now = Timestamp::from(SystemTime::now());
    let oldest_ms = since.and_then(|since| u64::try_from((now.as_nanos() - since.as_nanos()) / 1_000_000).ok());
    let is_fine = reached.is_ok() && clients.iter().all(clients::Found::is_fine) && lost.is_none();
    // What a process that is gone has left is on its way, unless the server is away.
    let is_tidy = waiting.iter().all(|journal| is_tidy(journal) || journal.state == WaitingState::Foreign);
    let state = if is_fine && is_tidy { "ok" } else { "degraded" };
    let message = reached.as_ref().err().map(|error| annals_ask::without_secrets(&error.to_string()).into_owned());
    let journals = waiting.iter().map(|journal| {
        crate::output::object(&[
            ("producer", Field::Text(journal.producer.to_string())),
            ("n_events", Field::Number(journal.n_events)),
            ("state", Field::Text(word(journal.state).to_owned())),
        ])
    });
    let fields = [
        ("state", Field::Text(state.to_owned())),
        ("server", Field::Text(server.to_owned())),
        ("answers", Field::Text(if reached.is_ok() { "yes" } else { "no" }.to_owned())),
        ("queued", Field::Number(n_queued)),
        ("queued_since", since.map_or(Field::Absent, |since| Field::Text(since.to_string()))),
        ("oldest_queued_ms", oldest_ms.map_or(Field::Absent, Field::Number)),
        ("queued_elsewhere", if is_elsewhere { Field::Number(n_elsewhere) } else { Field::Absent }),
        ("queued_elsewhere_since", elsewhere_since.map_or(Field::Absent, |since| Field::Text(since.to_string()))),
        ("lost_hook_events", lost.as_ref().map_or(Field::Absent, |lost| Field::Number(lost.n_events))),
        ("journals", Field::List(journals.collect())),
        ("clients", Field::List(clients.iter().map(clients::Found::json).collect())),
        ("last_error", Field::text(message.as_deref())),
    ];
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        let screen = *output.screen();
        for line in wrapped(&sentence(n_queued, reached.is_ok()), screen.width) {
            output.line(&line)?;
        }
        let mut rows: Vec<Vec<Cell>> = fields
            .iter()
            .filter(|(_, field)| !matches!(field, Field::Absent | Field::List(_)))
            .map(|(name, field)| vec![Cell::new(name).toned(Tone::Faint), cell(name, field)])
            .collect();
        rows.extend(
            waiting.iter().map(|journal| vec![Cell::new("journal").toned(Tone::Faint), Cell::new(&waits(journal))]),
        );
        rows.extend(clients.iter().map(clients::Found::row));
        let layout = Layout::fit(COLUMNS, &rows, screen.width);
        for row in &rows {
            output.line(&layout.line(row, screen.is_coloured))?;
        }
    } else {
        Fields::default().write(&mut output, &fields)?;
    }
    output.flush()?;
    if is_elsewhere {
        failure::note(&format!(
            "up to {n_elsewhere} events wait here for another address than `{server}` (hint: they are sent when `ANNALS_SERVER` names that one again)"
        ));
    }
    if let Some(message) = message {
        failure::note(&format!("{message}; what waits is kept here until it does"));
    }
    clients.iter().for_each(clients::Found::tell);
    Ok(if arguments.check && state != "ok" { Exit::Partly } else { Exit::Done })
}

/// How many events wait in these journals, and since when.
fn summed<'w>(journals: impl Iterator<Item = &'w Waiting>) -> (u64, Option<Timestamp>) {
    let filled: Vec<&Waiting> = journals.filter(|journal| 0 < journal.n_events).collect();
    let since = filled.iter().filter_map(|journal| journal.since).min();
    (filled.iter().map(|journal| journal.n_events).sum(), since)
}

fn sentence(n_queued: u64, answers: bool) -> String {
    let waits = match n_queued {
        0 => "Nothing waits for the server".to_owned(),
        1 => "Up to one event waits for the server".to_owned(),
        n => format!("Up to {n} events wait for the server"),
    };
    format!("{waits}, which {}.", if answers { "answers" } else { "does not answer" })
}
