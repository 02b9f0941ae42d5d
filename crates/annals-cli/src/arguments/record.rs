//! The flags of `annals record`, as an event or as a source of many.

use annals::{Event, Outcome, Phase, Timestamp};
use clap::{Args, ValueEnum};

use super::columns::RecordColumns;
use super::rollback::OnRollback;
use annals_ask::moment;

/// One event by its fields, or many as NDJSON.
#[derive(Args, Debug)]
pub(crate) struct Record {
    /// The type: tool.invoked, resource.modified, …
    #[arg(long = "type", visible_alias = "event-type", value_name = "TYPE", required_unless_present = "ndjson")]
    event_type: Option<String>,
    /// One JSON object; from a file, or from standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
    pub(crate) details: Option<String>,
    /// success, failure, denied, timeout, cancelled, unknown
    #[arg(long, value_name = "WORD", value_parser = word::<Outcome>)]
    outcome: Option<Outcome>,
    /// single, intent or outcome of an operation (single)
    #[arg(long, value_name = "WORD", value_parser = word::<Phase>)]
    phase: Option<Phase>,
    /// How long it took, in milliseconds
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    duration_ms: Option<u64>,
    /// When it happened, where that isn't now
    #[arg(long, value_name = "TIME", value_parser = moment)]
    occurred_at: Option<Timestamp>,
    /// Return once it is durable (default), or accepted
    #[arg(long, value_name = "durable|accepted", hide_possible_values = true, conflicts_with = "ndjson")]
    wait: Option<Wait>,
    /// Many events, one JSON object a line, from FILE or `-`
    #[arg(
        long,
        value_name = "FILE|-",
        num_args = 0..=1,
        default_missing_value = "-",
        conflicts_with_all = ["event_type", "details", "outcome", "phase", "duration_ms", "occurred_at"]
    )]
    ndjson: Option<Source>,
    /// Check every line before the first is recorded
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    pub(crate) on_rollback: OnRollback,
    #[command(flatten)]
    columns: RecordColumns,
}

/// How far a single event must have come before the command returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Wait {
    /// Committed and flushed.
    #[default]
    Durable,
    /// In a file that the next process that records drains.
    Accepted,
}

/// Where many events come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// Standard input.
    Input,
    /// A file.
    File(std::path::PathBuf),
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        if text == "-" { Self::Input } else { Self::File(text.into()) }
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

/// Which lines are recorded when some of them are bad.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnBadLine {
    /// The others.
    GoOn,
    /// None at all.
    RecordNone,
}

impl Record {
    /// The source, where many events are to be recorded. Columns beside it are a mistake, which the caller tells.
    pub(crate) fn source(&self) -> Option<(&Source, OnBadLine)> {
        let on_bad_line = if self.strict { OnBadLine::RecordNone } else { OnBadLine::GoOn };
        self.ndjson.as_ref().map(|source| (source, on_bad_line))
    }

    /// Whether bad lines are to stop the others.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// The first flag of a column that was given.
    pub(crate) fn first_column(&self) -> Option<annals::Column> {
        self.columns.0.first().map(|(column, _)| *column)
    }

    /// How long to wait.
    pub(crate) fn wait(&self) -> Wait {
        self.wait.unwrap_or_default()
    }

    /// The event without its details.
    pub(crate) fn event(&self) -> Event {
        let mut event = Event::new(self.event_type.as_deref().unwrap_or_default());
        for (column, text) in &self.columns.0 {
            event = event.text(*column, text);
        }
        if let Some(phase) = self.phase {
            event = event.phase(phase);
        }
        if let Some(outcome) = self.outcome {
            event = event.outcome(outcome);
        }
        if let Some(millis) = self.duration_ms {
            event = event.duration_ms(millis);
        }
        if let Some(at) = self.occurred_at {
            event = event.occurred_at(at);
        }
        event
    }
}

fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "this is no whole number of milliseconds (hint: give 0, 12 or 3500)".to_owned())
}

fn word<T: std::str::FromStr<Err = annals_event::Invalid>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|invalid| super::filter::bare(&invalid))
}
