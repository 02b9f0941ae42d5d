//! Answers on standard output, in one of three formats, and what the screen is like.
//!
//! Data goes to standard output and everything said about it to standard error, so that a pipe carries data alone.

mod cells;
mod csv;
mod events;
mod fields;
mod ndjson;
mod pretty;
mod screen;
mod table;
mod times;

use std::io::{self, BufWriter, Stdout, Write};

pub(crate) use cells::{Cell, Tone, cut, harmless, quoted};
pub(crate) use events::{
    EventLines, Events, Problems, agent, fields as event_fields, happened, is_bad, outcome, summary,
};
pub(crate) use fields::{Field, Fields, object};
pub(crate) use pretty::pretty;
pub(crate) use screen::{Format, Screen};
pub(crate) use table::{Column, Layout};
pub(crate) use times::{clock, day_and_clock, is_one_day, span_text};

use crate::arguments::Common;

/// Standard output with the format that was asked for.
pub(crate) struct Output {
    writer: BufWriter<Stdout>,
    screen: Screen,
}

impl Output {
    /// The output that these arguments and this terminal ask for.
    pub(crate) fn new(common: &Common) -> Self {
        Self { writer: BufWriter::with_capacity(64 << 10, io::stdout()), screen: Screen::new(common) }
    }

    /// The format.
    pub(crate) fn format(&self) -> Format {
        self.screen.format
    }

    /// What the screen is like.
    pub(crate) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_all(line.as_bytes())?;
        self.writer.write_all(b"\n")
    }

    /// Writes a line of JSON; what a terminal could take for commands is written as JSON's own escapes there.
    pub(crate) fn json(&mut self, line: &str) -> io::Result<()> {
        if self.screen.is_terminal { self.line(&ndjson::harmless(line)) } else { self.line(line) }
    }

    /// Writes a line of CSV; on a terminal without what it could take for commands. What a spreadsheet would take for a formula stays: CSV is data.
    pub(crate) fn csv<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) -> io::Result<()> {
        if !self.screen.is_terminal {
            return self.line(&csv::line(values));
        }
        let shown: Vec<_> = values.into_iter().map(harmless).collect();
        self.line(&csv::line(shown.iter().map(AsRef::as_ref)))
    }

    /// Brings everything written so far to whoever reads.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
