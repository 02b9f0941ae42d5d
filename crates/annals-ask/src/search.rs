//! What somebody types into a search of the log.
//!
//! The query language is that of [`annals_words::Query`]: words, `"phrases"`, `-not`, and fields. Every word must be there, in an event's details or in what it is labelled with, and the order is
//! the log's. `type:` is an event type or a family (`type:tool.*`), `source:` the client or the actor that an event came from, `after:` and `before:` a day, a month, a year or
//! a moment of recording, the first with that moment and the second without it. Events have no tags, so `tag:` is searched for as it stands, and so is whatever is not well formed.

use annals_event::Timestamp;
use annals_store::{Filter, Search};
use annals_words::{Field, Query};
use jiff::Zoned;

use crate::moment::moment_at;

/// Narrows a filter by what was typed, read against this machine's clock and zone. Nothing that is typed is an error.
pub fn search(text: &str, filter: Filter) -> Filter {
    search_at(text, filter, &Zoned::now())
}

/// The same against a given present.
pub fn search_at(text: &str, mut filter: Filter, now: &Zoned) -> Filter {
    let query = Query::parse(text, |field, value| match field {
        Field::Tag => false,
        Field::Source => true,
        Field::Type => Search::is_type(value),
        Field::Before | Field::After => beginning(value, now).is_some(),
    });
    for from in query.values(Field::After).filter_map(|value| beginning(value, now)) {
        filter.since = filter.since.max(Some(from));
    }
    for before in query.values(Field::Before).filter_map(|value| beginning(value, now)) {
        filter.until = Some(filter.until.map_or(before, |until| until.min(before)));
    }
    filter.search(Search::new(&query))
}

/// A moment, or the first of a month or a year.
fn beginning(text: &str, now: &Zoned) -> Option<Timestamp> {
    let is_number =
        |text: &str, n_digits: usize| text.len() == n_digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match text.split_once('-') {
        None if is_number(text, 4) => format!("{text}-01-01"),
        Some((year, month)) if is_number(year, 4) && is_number(month, 2) => format!("{text}-01"),
        _ => text.to_owned(),
    };
    moment_at(&whole, now).ok()
}

#[cfg(test)]
mod tests;
