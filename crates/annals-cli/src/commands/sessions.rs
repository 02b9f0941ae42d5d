//! `annals sessions`: each session with who, where, how long, and how it went.

use annals::{Cursor, Limit, Session};

use crate::arguments::{Common, Sessions};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Field, Fields, Format, Layout, Output, Tone, day_and_clock, span_text};
use crate::reading::{self, Reading};

const COLUMNS: &[Column] = &[
    Column::words("session", 8),
    Column::words("agent", 5),
    Column::words("client", 6),
    Column::words("project", 7),
    Column::words("last", 8),
    Column::words("span", 4),
    Column::numbers("calls", 5),
    Column::numbers("failed", 6),
];

/// Writes a page of sessions, by their last event.
pub(super) fn run(common: &Common, query: &Sessions) -> Result<Exit, Failure> {
    let mut request = query.paging.request()?;
    let reading = Reading::begin(common)?;
    reading.check_types(query.filters.fields.types())?;
    let filter = query.filters.filter();
    let mut output = Output::new(common);
    let mut fields = Fields::default();
    let mut rows = Vec::new();
    let mut n_left = request.limit.get();
    // As with events, a page that had looked at enough rows is not yet an answer.
    let cursor = loop {
        request.limit = Limit::new(u64::try_from(n_left).unwrap_or(1))?;
        let page = reading.audit.sessions(&filter, &request)?;
        n_left = n_left.saturating_sub(page.sessions.len());
        for session in &page.sessions {
            if output.format() == Format::Table {
                rows.push(cells(session));
            } else {
                fields.write(
                    &mut output,
                    &named(session, Cursor::after(request.order, session.last_seq).ending_at(page.end)),
                )?;
            }
        }
        match page.cursor {
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

fn write_table(output: &mut Output, rows: &[Vec<Cell>]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let screen = *output.screen();
    let layout = Layout::fit(COLUMNS, rows, screen.width);
    output.line(&layout.head(screen.is_coloured))?;
    for row in rows {
        output.line(&layout.line(row, screen.is_coloured))?;
    }
    Ok(())
}

fn cells(session: &Session) -> Vec<Cell> {
    let text = |text: &Option<String>| Cell::new(text.as_deref().unwrap_or_default());
    let tone = if session.n_failures == 0 { Tone::Plain } else { Tone::Bad };
    vec![
        Cell::new(&session.session_id),
        text(&session.actor_name),
        text(&session.client),
        text(&session.project_name),
        Cell::new(&day_and_clock(session.last_at)),
        Cell::new(&span_text(session.first_at, session.last_at)),
        Cell::new(&session.n_calls.to_string()),
        Cell::new(&session.n_failures.to_string()).toned(tone),
    ]
}

const NAMES: [&str; 12] = [
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
    "cursor",
];

fn named(session: &Session, cursor: Cursor) -> [(&'static str, Field); 12] {
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
        Field::Text(cursor.to_string()),
    ];
    let mut names = NAMES.into_iter();
    values.map(|value| (names.next().unwrap_or_default(), value))
}
