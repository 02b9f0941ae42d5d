//! How far an import has come, on standard error and only where a person looks at it.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure;

/// A bar, or nothing where standard error is no terminal.
pub(in crate::commands) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins at nothing, towards so many bytes where their number is known.
    pub(in crate::commands) fn new(n_bytes: Option<u64>) -> Self {
        if !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let (bar, template) = match n_bytes {
            Some(n_bytes) => (ProgressBar::new(n_bytes), "{bar:30} {percent:>3}%  {msg}"),
            None => (ProgressBar::new_spinner(), "{spinner} {bytes}  {msg}"),
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { bar: bar.with_style(style) }
    }

    /// So many more bytes were read, and so many events are done.
    pub(in crate::commands) fn advance(&self, n_bytes: usize, n_events: u64, what: &str) {
        self.bar.inc(u64::try_from(n_bytes).unwrap_or(0));
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("{n_events} {what}"));
        }
    }

    /// Says something without tearing the bar.
    pub(in crate::commands) fn note(&self, message: &str) {
        self.bar.suspend(|| failure::note(message));
    }

    /// Takes the bar away.
    pub(in crate::commands) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
