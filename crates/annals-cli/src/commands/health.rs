//! `annals health`: how the log is, as far as it can be seen from outside of the processes that record.
//!
//! What only a recording process knows (how long the oldest event waits, what its writer tries) it tells by its own `health()`; here is what lies on disk.

mod clients;
mod missing;
mod remote;
mod sealed;
mod stuck;

use std::fs;
use std::time::SystemTime;

use annals::{Origin, Settings, Timestamp, Waiting, WaitingState};

use self::missing::Gaps;
use crate::arguments::{Common, Health};
use crate::commands::hook::lost;
use crate::failure::{self, Exit, Failure};
use crate::output::{Cell, Column, Field, Fields, Format, Layout, Output, Tone, day_and_clock};
use crate::reading::Reading;
use crate::settings;

const COLUMNS: &[Column] = &[Column::words("", 12), Column::words("", 20)];

/// So far apart may two clocks be that are set well.
const MOST_AHEAD_MS: u64 = 5_000;

/// What the database says; of one that was not made yet, that it holds nothing.
#[derive(Default)]
struct Database {
    n_events: u64,
    recorded_at: Option<Timestamp>,
    n_dead_letters: u64,
    gaps: Gaps,
    is_made: bool,
    evidence: Option<annals::Evidence>,
}

/// Writes the state, what is durable, what waits and what is missing.
#[expect(clippy::too_many_lines, reason = "one answer, named value after named value")]
pub(super) fn run(common: &Common, arguments: &Health) -> Result<Exit, Failure> {
    let (mut waiting, mut database, mut error) = (Vec::new(), None, None);
    let mut stuck_ms = None;
    let (mut clients, mut lost) = (Vec::new(), None);
    match settings::load_anywhere(common) {
        Ok(settings) if settings.server_address().is_some() => {
            let server = settings.server_address().unwrap_or_default().to_owned();
            return remote::run(common, arguments, &settings, &server);
        }
        Ok(settings) => {
            clients = clients::look(&settings)?;
            match lost::read(settings.data()) {
                Ok(found) => lost = found,
                Err(found) => {
                    let path = lost::path(settings.data());
                    error = Some(Failure::could_not(format!("`{}`: {found}", path.display())));
                }
            }
            let reading = Reading::of(&settings)?;
            // The database first: what it has does not wait.
            let looked = look(&reading, &settings, arguments.since);
            match reading.audit.waiting() {
                Ok(found) => waiting = found,
                Err(found) => error = Some(Failure::from(found)),
            }
            match looked {
                Ok(found) => {
                    stuck_ms = stuck::longest_ms(settings.data(), &waiting, found.recorded_at);
                    database = Some(found);
                }
                Err(found) => error = Some(found),
            }
        }
        Err(failure) if failure.exit() == Exit::CouldNot => error = Some(failure),
        Err(failure) => return Err(failure),
    }
    let n_queued: u64 = waiting.iter().map(|journal| journal.n_events).sum();
    let ahead_ms = database.as_ref().and_then(|database| ahead_ms(database.recorded_at?, SystemTime::now().into()));
    let evidence = database.as_ref().and_then(|database| database.evidence.as_ref());
    let sealing = sealed::problem(evidence);
    let state = match &error {
        Some(_) => "failing",
        None if sealing.as_ref().is_some_and(|problem| problem.state == "failing") => "failing",
        None if sealing.is_some() => "degraded",
        None if !(waiting.iter().all(is_tidy) && clients.iter().all(clients::Found::is_fine)) => "degraded",
        None if ahead_ms.is_some() || stuck_ms.is_some() => "degraded",
        None => "ok",
    };
    let left: Vec<_> = waiting.iter().map(|journal| (journal.state, journal.n_events)).collect();
    let answer = database.as_ref().map(|database| {
        if !database.is_made && lost.is_none() && left.is_empty() {
            return missing::unused(!clients.is_empty());
        }
        missing::answer(database.n_events, &database.gaps, lost.as_ref(), &left, arguments.since.is_some())
    });
    let journals = waiting.iter().map(|journal| {
        crate::output::object(&[
            ("producer", Field::Text(journal.producer.to_string())),
            ("n_events", Field::Number(journal.n_events)),
            ("state", Field::Text(word(journal.state).to_owned())),
        ])
    });
    let number =
        |of: fn(&Database) -> u64| database.as_ref().map_or(Field::Absent, |database| Field::Number(of(database)));
    let recorded_at = database.as_ref().and_then(|database| database.recorded_at);
    let sealed_at = evidence.and_then(|evidence| evidence.sealed_at);
    let durable_seq = database.as_ref().and_then(|database| database.n_events.checked_sub(1));
    let message = error.as_ref().map(|error| annals_ask::without_secrets(error.message()).into_owned());
    let message = message.or_else(|| sealing.as_ref().map(|problem| problem.text.clone()));
    let is_whole = answer.as_ref().is_some_and(|answer| answer.is_whole);
    let sentence = answer.map(|answer| answer.sentence);
    let fields = [
        ("state", Field::Text(state.to_owned())),
        ("queued", Field::Number(n_queued)),
        ("oldest_queued_ms", stuck_ms.map_or(Field::Absent, Field::Number)),
        ("durable_seq", durable_seq.map_or(Field::Absent, Field::Number)),
        ("recorded_at", recorded_at.map_or(Field::Absent, |at| Field::Text(at.to_string()))),
        ("ahead_ms", ahead_ms.map_or(Field::Absent, Field::Number)),
        ("sealed_size", evidence.and_then(|evidence| evidence.sealed_size).map_or(Field::Absent, Field::Number)),
        ("sealed_at", sealed_at.map_or(Field::Absent, |at| Field::Text(at.to_string()))),
        ("key", evidence.map_or(Field::Absent, |evidence| Field::Text(evidence.key.state.as_str().to_owned()))),
        ("gaps", number(|database| database.gaps.n_gaps)),
        ("dead_letters", number(|database| database.n_dead_letters)),
        ("lost_hook_events", lost.as_ref().map_or(Field::Absent, |lost| Field::Number(lost.n_events))),
        ("missing", Field::text(sentence.as_deref())),
        ("journals", Field::List(journals.collect())),
        ("clients", Field::List(clients.iter().map(clients::Found::json).collect())),
        ("last_error", Field::text(message.as_deref())),
    ];
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        let mut rows = rows(&fields, &[("recorded_at", recorded_at), ("sealed_at", sealed_at)]);
        rows.extend(waiting.iter().map(|journal| {
            let text = waits(journal);
            vec![Cell::new("journal").toned(Tone::Faint), Cell::new(&text)]
        }));
        rows.extend(clients.iter().map(clients::Found::row));
        write_table(&mut output, sentence.as_deref().unwrap_or_default(), &rows)?;
    } else {
        Fields::default().write(&mut output, &fields)?;
    }
    output.flush()?;
    warn(stuck_ms, ahead_ms);
    if let Some(problem) = &sealing {
        failure::note(&problem.text);
    }
    clients.iter().for_each(clients::Found::tell);
    match error {
        Some(error) => Err(error),
        None if state == "failing" => Ok(Exit::CouldNot),
        None if arguments.check && !(is_whole && state == "ok") => Ok(Exit::Partly),
        None => Ok(Exit::Done),
    }
}

/// Says on standard error what is odd about the log's times.
fn warn(stuck_ms: Option<u64>, ahead_ms: Option<u64>) {
    if stuck_ms.is_some() {
        failure::note(
            "events of a process that runs are not becoming durable (hint: look at the room on the disk, and at what that process says)",
        );
    }
    if ahead_ms.is_some() {
        failure::note(
            "the log ends later than the clock, and what is recorded before the clock has caught up gets that time (hint: look at the clock; `created_at` has each process's own)",
        );
    }
}

/// The named values as rows; a person reads times as the clock on the wall has them.
fn rows(fields: &[(&str, Field)], times: &[(&str, Option<Timestamp>)]) -> Vec<Vec<Cell>> {
    let is_row = |name: &str| !matches!(name, "missing" | "journals" | "clients" | "last_error");
    let row = |(name, field): &(&str, Field)| {
        let time = times.iter().find(|(of, _)| of == name).and_then(|(_, at)| *at);
        let at = time.map(|at| Cell::new(&day_and_clock(at)));
        vec![Cell::new(name).toned(Tone::Faint), at.unwrap_or_else(|| cell(name, field))]
    };
    fields.iter().filter(|(name, field)| *field != Field::Absent && is_row(name)).map(row).collect()
}

/// The sentence and the rows below it.
fn write_table(output: &mut Output, sentence: &str, rows: &[Vec<Cell>]) -> std::io::Result<()> {
    let screen = *output.screen();
    for line in wrapped(sentence, screen.width) {
        output.line(&line)?;
    }
    let layout = Layout::fit(COLUMNS, rows, screen.width);
    for row in rows {
        output.line(&layout.line(row, screen.is_coloured))?;
    }
    Ok(())
}

/// A sentence in lines of at most so many columns; its words are this program's own.
fn wrapped(sentence: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_ascii_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A dead process's empty journal is tidied up by the next one that records; everything else that nobody drains is worth a look.
fn is_tidy(journal: &Waiting) -> bool {
    match journal.state {
        WaitingState::Live => true,
        WaitingState::Dead => journal.n_events == 0,
        _ => false,
    }
}

fn look(reading: &Reading, settings: &Settings, since: Option<Timestamp>) -> Result<Database, Failure> {
    let head = match reading.audit.head() {
        Err(_) if is_unused(settings) => return Ok(Database::default()),
        head => head?,
    };
    Ok(Database {
        n_events: head.n_events,
        recorded_at: head.recorded_at,
        n_dead_letters: reading.audit.n_dead_letters()?,
        gaps: Gaps::read(reading, since)?,
        is_made: true,
        evidence: sealed::read(reading)?,
    })
}

/// Whether nothing was ever recorded in this data directory. A database that was taken away leaves its companions beside it, and one that lies elsewhere is not ours to miss.
fn is_unused(settings: &Settings) -> bool {
    let is_usual = |setting: &annals::Setting| setting.name == "database_url" && setting.origin == Origin::Default;
    let is_of_database = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("annals.db");
    let entries: std::io::Result<Vec<_>> = fs::read_dir(settings.data()).and_then(Iterator::collect);
    settings.list().iter().any(is_usual) && entries.is_ok_and(|entries| !entries.iter().any(is_of_database))
}

/// How far the log's end lies after the present, where that is more than two clocks may differ.
fn ahead_ms(recorded_at: Timestamp, now: Timestamp) -> Option<u64> {
    let ahead_ms = recorded_at.as_nanos().saturating_sub(now.as_nanos()) / 1_000_000;
    u64::try_from(ahead_ms).ok().filter(|ahead_ms| MOST_AHEAD_MS < *ahead_ms)
}

fn word(state: WaitingState) -> &'static str {
    match state {
        WaitingState::Live => "live",
        WaitingState::Dead => "dead",
        WaitingState::Newer(_) => "newer",
        WaitingState::Foreign => "foreign",
        _ => "damaged",
    }
}

fn waits(journal: &Waiting) -> String {
    let Waiting { producer, n_events, .. } = journal;
    match journal.state {
        WaitingState::Newer(version) => format!("of format {version}, for a newer annals, {producer}"),
        WaitingState::Foreign => format!("{n_events} events for another database, {producer}"),
        WaitingState::Live | WaitingState::Dead => {
            format!("{n_events} events of a {} process, {producer}", word(journal.state))
        }
        _ => format!("damaged and left alone, {producer}"),
    }
}

fn cell(name: &str, field: &Field) -> Cell {
    match field {
        Field::Number(number) => Cell::new(&number.to_string()),
        Field::Text(text) => {
            let tone = match (name, text.as_str()) {
                ("state", "ok") => Tone::Good,
                ("state", "degraded") => Tone::Odd,
                ("state", _) => Tone::Bad,
                _ => Tone::Plain,
            };
            Cell::new(text).toned(tone)
        }
        Field::Absent | Field::List(_) => Cell::default(),
    }
}

#[cfg(test)]
mod tests;
