//! What of an event stands in a row, as cells.

use annals::StoredEvent;
use annals_ask::{Ending, Mood, Summary};

use crate::output::{Cell, Tone};

/// What an event was about.
pub(crate) fn summary(summary: &Summary) -> Cell {
    match &summary.path {
        Some(path) => Cell::with_path(&summary.text, path),
        None => Cell::new(&summary.text),
    }
}

/// How it ended.
pub(crate) fn ending(ending: &Ending) -> Cell {
    Cell::new(&ending.word).toned(match ending.mood {
        Mood::Plain => Tone::Plain,
        Mood::Faint => Tone::Faint,
        Mood::Good => Tone::Good,
        Mood::Bad => Tone::Bad,
        Mood::Odd => Tone::Odd,
    })
}

/// The cells of an event for what it was about, and for how it ended.
pub(super) fn cells(event: &StoredEvent) -> [Cell; 2] {
    [summary(&annals_ask::summary(event, "")), ending(&annals_ask::ending(event))]
}
