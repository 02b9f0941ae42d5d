//! `annals sessions`: each session with who, where, how long, how it went, and whether it is over.

mod state;

use std::time::SystemTime;

use annals::{Cursor, Limit, Session, Timestamp};

pub(super) use self::state::State;
use self::state::Told;

use crate::arguments::{Common, Sessions};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Field, Fields, Format, Layout, Output, Tone, day_and_clock, span_text};
use crate::reading::{self, Reading};

const COLUMNS: &[Column] = &[
    Column::words("session", 8),
    Column::words("agent", 5),
    Column::words("client", 6),
    Column::words("project", 7),
    Column::words("began", 8),
    Column::words("span", 4),
    Column::numbers("calls", 5),
    Column::numbers("failed", 6),
    Column::words("state", 6),
];

/// As much of a UUID is shown, if it is enough.
const N_SHOWN: usize = 8;
/// So wide may a session's name push the other columns aside: up to the random part of two UUIDs of the same millisecond.
const MOST_SHOWN: usize = 23;

/// Writes a page of sessions, by their last event.
pub(super) fn run(common: &Common, query: &Sessions) -> Result<Exit, Failure> {
    let mut request = query.paging.request()?;
    let reading = Reading::begin(common)?;
    reading.check_types(query.filters.fields.types())?;
    let filter = query.filters.filter();
    let mut output = Output::new(common);
    let mut fields = Fields::default();
    let mut rows: Vec<(Session, Option<Told>)> = Vec::new();
    let mut n_left = request.limit.get();
    // As with events, a page that had looked at enough rows is not yet an answer.
    let cursor = loop {
        request.limit = Limit::new(u64::try_from(n_left).unwrap_or(1))?;
        let page = reading.audit.sessions(&filter, &request)?;
        n_left = n_left.saturating_sub(page.sessions.len());
        let (next, end) = (page.cursor, page.end);
        let states = state::of_sessions(&reading, &page.sessions, end)?;
        for (session, told) in page.sessions.into_iter().zip(states) {
            if output.format() == Format::Table {
                rows.push((session, told));
            } else {
                let cursor = Cursor::after(request.order, session.last_seq).ending_at(end);
                fields.write(&mut output, &named(&session, told.map(|told| told.state), cursor))?;
            }
        }
        match next {
            Some(cursor) if 0 < n_left => request.cursor = Some(cursor),
            cursor => break cursor,
        }
    };
    fields.head(&mut output, NAMES.iter().copied())?;
    write_table(&mut output, &rows)?;
    output.flush()?;
    reading::more(cursor, output.format());
    Ok(Exit::Done)
}

fn write_table(output: &mut Output, sessions: &[(Session, Option<Told>)]) -> Result<(), Failure> {
    if sessions.is_empty() {
        return Ok(());
    }
    let screen = *output.screen();
    let names: Vec<&str> = sessions.iter().map(|(session, _)| session.session_id.as_str()).collect();
    // Where every agent is its client, a second column would say the same.
    let has_clients = sessions
        .iter()
        .any(|(session, told)| session.client.is_some() && agent(session, told.as_ref()) != session.client.as_deref());
    let mut columns: Vec<Column> =
        COLUMNS.iter().copied().filter(|column| has_clients || column.title != "client").collect();
    let now = SystemTime::now().into();
    let rows: Vec<Vec<Cell>> = sessions
        .iter()
        .map(|(session, told)| cells(session, told.as_ref(), shortened(&session.session_id, &names), has_clients, now))
        .collect();
    // What tells two sessions apart is not cut: `show` asks for it.
    let longest = rows.iter().filter_map(|row| row.first()).map(Cell::width).max().unwrap_or(0);
    columns[0].least = longest.clamp(N_SHOWN, MOST_SHOWN);
    let layout = Layout::fit(&columns, &rows, screen.width);
    output.line(&layout.head(screen.is_coloured))?;
    for row in &rows {
        output.line(&layout.line(row, screen.is_coloured))?;
    }
    Ok(())
}

/// As much of a session's name as `show` needs: the beginning of a UUID, as long as no other one here begins alike; of any other name all.
fn shortened<'n>(name: &'n str, names: &[&str]) -> &'n str {
    let is_uuid = name.len() == 36 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !is_uuid {
        return name;
    }
    let is_clear = |length: &usize| names.iter().filter(|other| other.starts_with(&name[..*length])).count() == 1;
    &name[..(N_SHOWN..name.len()).find(is_clear).unwrap_or(name.len())]
}

/// The agent of a session: the one that it names itself, since the newest actor may be a subagent.
fn agent<'s>(session: &'s Session, told: Option<&'s Told>) -> Option<&'s str> {
    told.and_then(|told| told.agent.as_deref()).or(session.actor_name.as_deref()).or(session.client.as_deref())
}

fn cells(session: &Session, told: Option<&Told>, name: &str, has_clients: bool, now: Timestamp) -> Vec<Cell> {
    let text = |text: Option<&str>| Cell::new(text.unwrap_or_default());
    let tone = if session.n_failures == 0 { Tone::Plain } else { Tone::Bad };
    let mut cells = vec![Cell::new(name), text(agent(session, told))];
    if has_clients {
        cells.push(text(session.client.as_deref()));
    }
    cells.extend([
        text(session.project_name.as_deref()),
        Cell::new(&day_and_clock(session.first_at)),
        Cell::new(&span_text(session.first_at, session.last_at)),
        Cell::new(&session.n_calls.to_string()),
        Cell::new(&session.n_failures.to_string()).toned(tone),
        text(told.map(|told| told.state.word(session.last_at, now))),
    ]);
    cells
}

const NAMES: [&str; 13] = [
    "session_id",
    "actor_name",
    "client",
    "user_identity",
    "project_name",
    "first_at",
    "last_at",
    "last_seq",
    "n_events",
    "n_calls",
    "n_failures",
    "state",
    "cursor",
];

fn named(session: &Session, state: Option<State>, cursor: Cursor) -> [(&'static str, Field); 13] {
    let values = [
        Field::Text(session.session_id.clone()),
        Field::text(session.actor_name.as_deref()),
        Field::text(session.client.as_deref()),
        Field::text(session.user_identity.as_deref()),
        Field::text(session.project_name.as_deref()),
        Field::Text(session.first_at.to_string()),
        Field::Text(session.last_at.to_string()),
        Field::Number(session.last_seq),
        Field::Number(session.n_events),
        Field::Number(session.n_calls),
        Field::Number(session.n_failures),
        Field::text(state.map(|state| state.word(session.last_at, SystemTime::now().into()))),
        Field::Text(cursor.to_string()),
    ];
    let mut names = NAMES.into_iter();
    values.map(|value| (names.next().unwrap_or_default(), value))
}
