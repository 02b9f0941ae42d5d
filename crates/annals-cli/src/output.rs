//! Answers on standard output, in one of three formats, and what the screen is like.
//!
//! Data goes to standard output and everything said about it to standard error, so that a pipe carries data alone.

mod cells;
mod events;
mod fields;
mod ndjson;
mod screen;
mod table;
mod times;

use std::fs::File;
use std::io::{self, BufWriter, Write};

pub(crate) use annals_ask::{fields as event_fields, pretty};
pub(crate) use cells::{Cell, Tone, cut, harmless, quoted};
pub(crate) use events::{EventLines, Events, Problems, ending, summary};
pub(crate) use fields::{Field, Fields, object};
pub(crate) use screen::{Format, Screen};
pub(crate) use table::{Column, Layout};
pub(crate) use times::{clock, day_and_clock, is_one_day, span_text};

use annals_ask::csv_line;

use crate::arguments::Common;

/// Standard output, or a file, with the format that was asked for.
pub(crate) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    screen: Screen,
}

impl Output {
    /// The output that these arguments and this terminal ask for.
    pub(crate) fn new(common: &Common) -> Self {
        Self::over(Box::new(io::stdout()), Screen::new(common))
    }

    /// The same for what is data wherever it goes: lines of JSON unless something else was asked for, on a terminal too.
    pub(crate) fn of_data(common: &Common) -> Self {
        let screen = Screen::new(common);
        Self::over(Box::new(io::stdout()), Screen { format: screen.format_of_data(), ..screen })
    }

    /// The same into a file, which gets the exact text.
    pub(crate) fn into_file(common: &Common, file: File) -> Self {
        let screen = Screen::new(common);
        let screen = Screen { format: screen.format_of_data(), is_terminal: false, is_coloured: false, ..screen };
        Self::over(Box::new(file), screen)
    }

    fn over(writer: Box<dyn Write>, screen: Screen) -> Self {
        Self { writer: BufWriter::with_capacity(64 << 10, writer), screen }
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

    /// Writes a text as it is, whose lines are its own.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())
    }

    /// Writes a line of JSON; what a terminal could take for commands is written as JSON's own escapes there.
    pub(crate) fn json(&mut self, line: &str) -> io::Result<()> {
        if self.screen.is_terminal { self.line(&ndjson::harmless(line)) } else { self.line(line) }
    }

    /// Writes a line of CSV; on a terminal without what it could take for commands. What a spreadsheet would take for a formula stays: CSV is data.
    pub(crate) fn csv<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) -> io::Result<()> {
        if !self.screen.is_terminal {
            return self.line(&csv_line(values));
        }
        let shown: Vec<_> = values.into_iter().map(harmless).collect();
        self.line(&csv_line(shown.iter().map(AsRef::as_ref)))
    }

    /// Brings everything written so far to whoever reads.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
