//! Events as rows of a table, as NDJSON and as CSV.
//!
//! NDJSON and CSV rows have every column, with the cursor of the row at their end; the table has what a person looks for first.

mod row;

use std::io;

use annals::{Column as EventColumn, Cursor, Order, Phase, StoredEvent};
use annals_ask::{agent, fields, happened, problem};
use annals_event::json;

use super::{Cell, Column, Format, Layout, Output, Tone, day_and_clock};

pub(crate) use row::{ending, summary};

/// The columns of the table: what fits beside each other in 80.
const COLUMNS: &[Column] = &[
    Column::words("time", 8),
    Column::words("agent", 5).usually(14),
    Column::words("tool", 4).usually(13),
    Column::words("resource or command", 8),
    Column::words("outcome", 7),
    Column::numbers("ms", 4),
];
/// Where the user stands, in a table that has several.
const USER_AT: usize = 1;
const USER: Column = Column::words("user", 4).usually(10);
/// What stands before the line that says what went wrong.
const PROBLEM: &str = "          └─ ";

/// The widths of a table that grows, when what is to come isn't known.
const GROWING: [usize; 6] = [14, 14, 16, 60, 9, 7];

/// Writes events one after another, in the format that was asked for.
///
/// A table waits for its last row, since its columns are as wide as their cells; it holds at most the rows of one answer.
pub(crate) struct Events {
    rows: Vec<Row>,
    lines: EventLines,
    problems: Problems,
}

/// A row of the table.
struct Row {
    cells: Vec<Cell>,
    user: Option<String>,
    problem: Option<String>,
}

/// Whether a table says below a row what went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Problems {
    /// In a line of its own, where it is on record.
    Told,
    /// By the word for the outcome alone.
    Left,
}

impl Events {
    /// For events in this order.
    pub(crate) fn new(order: Order, problems: Problems) -> Self {
        Self { rows: Vec::new(), lines: EventLines::new(order), problems }
    }

    /// Writes an event, or keeps it for the table.
    pub(crate) fn push(&mut self, output: &mut Output, event: &StoredEvent) -> io::Result<()> {
        if output.format() == Format::Table {
            self.rows.push(Row {
                cells: cells(event),
                user: event.get(EventColumn::UserIdentity).map(str::to_owned),
                problem: problem(event).filter(|_| self.problems == Problems::Told),
            });
            return Ok(());
        }
        self.lines.push(output, event)
    }

    /// Writes the table, or the head of a CSV answer without rows.
    pub(crate) fn finish(mut self, output: &mut Output) -> io::Result<()> {
        if output.format() != Format::Table {
            self.lines.head(output)?;
            return output.flush();
        }
        let columns = self.with_users();
        let screen = *output.screen();
        let mut rows = Vec::with_capacity(self.rows.len());
        let problems: Vec<Option<String>> = self
            .rows
            .into_iter()
            .map(|row| {
                rows.push(row.cells);
                row.problem
            })
            .collect();
        if !rows.is_empty() {
            let layout = Layout::fit(&columns, &rows, screen.width);
            output.line(&layout.head(screen.is_coloured))?;
            for (row, problem) in rows.iter().zip(problems) {
                output.line(&layout.line(row, screen.is_coloured))?;
                if let Some(problem) = problem {
                    output.line(&Cell::new(&[PROBLEM, &problem].concat()).cut(screen.width))?;
                }
            }
        }
        output.flush()
    }

    /// The columns, with one for the user where the rows have more than one.
    fn with_users(&mut self) -> Vec<Column> {
        let mut columns = COLUMNS.to_vec();
        let mut users = self.rows.iter().map(|row| &row.user);
        let first = users.next();
        if users.any(|user| Some(user) != first) {
            columns.insert(USER_AT, USER);
            for row in &mut self.rows {
                row.cells.insert(USER_AT, Cell::new(row.user.as_deref().unwrap_or_default()));
            }
        }
        columns
    }
}

/// Writes events line by line as they come, the table's with columns of fixed widths.
pub(crate) struct EventLines {
    order: Order,
    has_head: bool,
}

impl EventLines {
    /// For events in this order.
    pub(crate) fn new(order: Order) -> Self {
        Self { order, has_head: false }
    }

    /// Writes one event.
    pub(crate) fn push(&mut self, output: &mut Output, event: &StoredEvent) -> io::Result<()> {
        self.head(output)?;
        match output.format() {
            Format::Table => {
                let screen = *output.screen();
                let mut cells = cells(event);
                // Of a call that goes by, its end is what a reader waits for.
                if event.phase == Phase::Intent {
                    cells = cells.into_iter().map(|cell| cell.toned(Tone::Faint)).collect();
                }
                output.line(&growing(screen.width).line(&cells, screen.is_coloured))
            }
            Format::Ndjson => output.json(&self.object(event)),
            Format::Csv => {
                let fields = fields(event, self.order);
                output.csv(fields.iter().map(|(_, text)| text.as_deref().unwrap_or_default()))
            }
        }
    }

    /// Writes the head line, once.
    pub(crate) fn head(&mut self, output: &mut Output) -> io::Result<()> {
        if self.has_head {
            return Ok(());
        }
        self.has_head = true;
        let screen = *output.screen();
        match output.format() {
            Format::Table => output.line(&growing(screen.width).head(screen.is_coloured)),
            Format::Ndjson => Ok(()),
            Format::Csv => output.csv(annals_ask::field_names()),
        }
    }

    fn object(&self, event: &StoredEvent) -> String {
        let mut object = String::with_capacity(512);
        json::write(event, &mut object);
        object.pop();
        object.push_str(",\"cursor\":\"");
        object.push_str(&Cursor::after(self.order, event.seq).to_string());
        object.push_str("\"}");
        object
    }
}

fn growing(screen_width: usize) -> Layout<'static> {
    Layout::of(COLUMNS, GROWING.to_vec(), screen_width)
}

fn cells(event: &StoredEvent) -> Vec<Cell> {
    let [about, ending] = row::cells(event);
    vec![
        Cell::new(&day_and_clock(event.recorded_at)),
        Cell::new(&agent(event)),
        // The tools of MCP servers have long names that begin alike.
        match happened(event) {
            tool if tool.starts_with("mcp__") => Cell::with_path("", &tool),
            other => Cell::new(&other),
        },
        about,
        ending,
        Cell::new(&event.duration_ms.map(|ms| ms.to_string()).unwrap_or_default()),
    ]
}
