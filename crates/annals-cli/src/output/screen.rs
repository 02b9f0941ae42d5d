//! What the screen is like: a terminal or not, how wide, coloured or not, and the format that follows from it.

use std::env;
use std::io::{self, IsTerminal};

use crate::arguments::Common;

/// What is taken where nothing says how wide the screen is.
const USUAL_WIDTH: usize = 80;
/// Below this nothing can be shown; a terminal that says less is not believed.
const LEAST_WIDTH: usize = 20;
/// No screen is wider: a slip in `COLUMNS` must not make lines of gigabytes.
const MOST_WIDTH: usize = 4_096;

/// How answers look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a head line.
    Csv,
}

/// What standard output is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// How answers look.
    pub(crate) format: Format,
    /// The number of columns that a line of a table may have.
    pub(crate) width: usize,
    /// Whether a terminal reads.
    pub(crate) is_terminal: bool,
    /// Whether colours may be used. They never say anything that the words beside them don't.
    pub(crate) is_coloured: bool,
}

impl Screen {
    /// Looks at the arguments, the environment and standard output.
    pub(crate) fn new(common: &Common) -> Self {
        use crate::arguments::FormatName;
        let is_terminal = io::stdout().is_terminal();
        let usual = if is_terminal && !common.json { Format::Table } else { Format::Ndjson };
        let format = match common.format {
            None => usual,
            Some(FormatName::Table) => Format::Table,
            // Only `export` takes the last one, and writes it line by line itself.
            Some(FormatName::Ndjson | FormatName::Cloudevents) => Format::Ndjson,
            Some(FormatName::Csv) => Format::Csv,
        };
        Self { format, width: width(is_terminal), is_terminal, is_coloured: is_terminal && wants_colour() }
    }

    /// The format of what is data on a terminal too.
    pub(super) fn format_of_data(&self) -> Format {
        if self.format == Format::Csv { Format::Csv } else { Format::Ndjson }
    }
}

fn width(is_terminal: bool) -> usize {
    let measured =
        is_terminal.then(|| console::Term::stdout().size_checked()).flatten().map(|(_, columns)| usize::from(columns));
    let said = || env::var("COLUMNS").ok()?.parse().ok();
    measured.or_else(said).filter(|width| LEAST_WIDTH <= *width).unwrap_or(USUAL_WIDTH).min(MOST_WIDTH)
}

/// Whether the person wants colours: see <https://no-color.org>.
fn wants_colour() -> bool {
    let is_unset = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    is_unset && env::var_os("TERM").is_none_or(|term| term != "dumb")
}
