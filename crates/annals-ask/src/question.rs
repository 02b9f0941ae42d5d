//! A question as the pairs of a URL's query, a form or a flat object: which events, which end first, how many, and where to go on.
//!
//! The names are the columns' own, with the short ones of the command line beside them. A pair without a value asks nothing, since a form sends every field it has.
//! A space is no parameter: whose record is read is decided by who asks.

use std::fmt::Write;

use annals_event::{Column, Decision, Invalid, InvalidKind, Outcome};
use annals_store::{Cursor, Filter, Glob, Limit, Order, PageRequest, TypePattern};
use jiff::Zoned;

use crate::moment::{moment_at, seqs};
use crate::search::search_at;
use crate::words::{nearest, shortened};

/// The most values that one parameter may list.
pub const MAX_VALUES: usize = 64;

/// The names that are no columns.
const OWN: &[&str] = &[
    "event_type",
    "outcome",
    "decision",
    "resource",
    "search",
    "text",
    "since",
    "until",
    "created_since",
    "created_until",
    "seq",
    "order",
    "limit",
    "cursor",
];

/// Short names and what they stand for.
const SHORT: &[(&str, &str)] = &[
    ("type", "event_type"),
    ("actor", "actor_name"),
    ("user", "user_identity"),
    ("project", "project_name"),
    ("plan", "plan_id"),
    ("session", "session_id"),
];

/// Every parameter by its whole name: those of the question, then the columns that must equal a value.
pub static PARAMETERS: std::sync::LazyLock<Vec<&'static str>> = std::sync::LazyLock::new(|| {
    let columns = Column::ALL.iter().map(|column| column.name()).filter(|name| !OWN.contains(name));
    OWN.iter().copied().chain(columns).collect()
});

/// Which events are asked for, and which page of them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Question {
    /// Which events. Without a space: whoever answers adds it.
    pub filter: Filter,
    /// Which page of them.
    pub page: PageRequest,
    /// The pairs as they were asked, by their whole names, for a link that asks the same.
    pairs: Vec<(&'static str, String)>,
}

impl Question {
    /// Reads the pairs; moments such as `2h` go back from this present. A list is given by commas or by a parameter that stands more than once.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, now: &Zoned) -> Result<Self, Invalid> {
        let mut question = Self::default();
        let mut order = None;
        for (name, value) in pairs {
            let name = whole_name(name)?;
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            question.take(name, value, now, &mut order)?;
        }
        if let Some(text) = question.value("search").map(str::to_owned) {
            // Last, since it narrows the span that other parameters give.
            question.filter = search_at(&text, question.filter, now);
        }
        let order = order.or(question.page.cursor.map(Cursor::order)).unwrap_or_default();
        question.page.order = order;
        question.page.checked().map_err(|error| malformed("cursor", &error.to_string()))?;
        Ok(question)
    }

    /// The pairs that ask the same: by whole names, without empty ones.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.pairs.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The first value asked for under this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The same question as a URL's query, without its `?`; other values under a name take the place of what was asked, and none takes it out.
    pub fn query_with<'a>(&'a self, other: &[(&'a str, Option<&'a str>)]) -> String {
        let mut query = String::new();
        let asked = self.pairs.iter().map(|(name, value)| -> (&str, &str) { (name, value) });
        let kept = asked.filter(|(name, _)| !other.iter().any(|(changed, _)| changed == name));
        let changed = other.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        for (name, value) in kept.chain(changed) {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            escape(value, &mut query);
        }
        query
    }

    fn take(&mut self, name: &'static str, value: &str, now: &Zoned, order: &mut Option<Order>) -> Result<(), Invalid> {
        let filter = &mut self.filter;
        let time = || moment_at(value, now).map_err(|problem| malformed(name, &problem));
        match name {
            "event_type" => {
                for pattern in values(name, value)? {
                    // `*` asks for all, as no pattern at all does.
                    if pattern != "*" {
                        filter.event_types.push(TypePattern::parse(pattern));
                    }
                }
            }
            "outcome" => {
                for word in values(name, value)? {
                    filter.outcomes.push(word.parse::<Outcome>()?);
                }
            }
            "decision" => {
                for word in values(name, value)? {
                    filter.decisions.push(word.parse::<Decision>()?);
                }
            }
            "resource" => {
                filter.resource = Some(Glob::parse(value).map_err(|error| malformed(name, &error.to_string()))?);
            }
            "text" => filter.text = Some(value.to_owned()),
            "since" => filter.since = Some(time()?),
            "until" => filter.until = Some(time()?),
            "created_since" => filter.created_since = Some(time()?),
            "created_until" => filter.created_until = Some(time()?),
            "seq" => filter.seqs = Some(seqs(value).map_err(|problem| malformed(name, &problem))?),
            "order" => *order = Some(order_of(value)?),
            "limit" => self.page.limit = limit_of(value)?,
            "cursor" => {
                self.page.cursor = Some(value.parse().map_err(|_| {
                    malformed(name, "is no cursor of this log (hint: give one as it stood in an answer)")
                })?);
            }
            // Read once all of the others are.
            "search" => {}
            column => {
                // The names that are left are columns.
                if let Some(column) = Column::from_name(column) {
                    filter.equals.push((column, value.to_owned()));
                }
            }
        }
        self.pairs.push((name, value.to_owned()));
        Ok(())
    }
}

/// The whole name of a parameter.
fn whole_name(name: &str) -> Result<&'static str, Invalid> {
    let known = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, whole)| whole);
    if let Some(known) = PARAMETERS.iter().find(|parameter| **parameter == known) {
        return Ok(known);
    }
    let shown = shortened(name);
    let invalid = Invalid::new(shown.clone(), InvalidKind::UnknownField, "is no parameter of a question");
    let all = PARAMETERS.iter().copied().chain(SHORT.iter().map(|(short, _)| *short));
    Err(match nearest(&shown, all) {
        Some(near) => invalid.with_hint(format!("did you mean `{near}`?")),
        None => invalid.with_hint("`event_type`, `tool`, `since` and the other columns are parameters"),
    })
}

fn values<'a>(name: &'static str, value: &'a str) -> Result<impl Iterator<Item = &'a str>, Invalid> {
    if MAX_VALUES < value.split(',').count() {
        return Err(malformed(name, &format!("lists more than {MAX_VALUES} values")));
    }
    Ok(value.split(',').map(str::trim).filter(|word| !word.is_empty()))
}

fn order_of(value: &str) -> Result<Order, Invalid> {
    match value {
        "newest" => Ok(Order::Newest),
        "oldest" => Ok(Order::Oldest),
        _ => Err(malformed("order", &format!("`{}` is no order (hint: give `newest` or `oldest`)", shortened(value)))),
    }
}

fn limit_of(value: &str) -> Result<Limit, Invalid> {
    value.parse().ok().and_then(|limit| Limit::new(limit).ok()).ok_or_else(|| {
        malformed("limit", &format!("`{}` is no number of rows (hint: give 1 to 1000)", shortened(value)))
    })
}

/// A problem whose text may end in a hint of its own.
fn malformed(name: &'static str, problem: &str) -> Invalid {
    let (problem, hint) = match problem.strip_suffix(')').and_then(|text| text.split_once(" (hint: ")) {
        Some((problem, hint)) => (problem, Some(hint)),
        None => (problem, None),
    };
    let invalid = Invalid::new(name, InvalidKind::Malformed, problem);
    match hint {
        Some(hint) => invalid.with_hint(hint),
        None => invalid,
    }
}

/// Percent-encodes a value of a query.
fn escape(value: &str, query: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' | b'/' | b':' => {
                query.push(char::from(byte));
            }
            byte => {
                let _ = write!(query, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
