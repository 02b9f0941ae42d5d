//! Which alerts were to be expected, by what was learnt.
//!
//! A pattern hides an alert when its conditions hold now and its effect has two distinct words in common with the alert, or when it names the alert
//! outright, under `match` among its conditions. One word in common is a coincidence. A critical alert is never hidden, unless the pattern says so with
//! `hides_critical`. A range of hours that is none counts as absent, as in the original; a day of the week that is none never comes.

use std::collections::HashSet;

use annals_event::Timestamp;
use annals_store::awareness::Entry;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::Severity;

/// How many distinct words a pattern and an alert must share.
const SHARED: usize = 2;

/// Words that say nothing about an alert.
const EMPTY: [&str; 14] =
    ["suppress", "ignore", "skip", "the", "a", "an", "on", "in", "for", "and", "or", "is", "at", "to"];

/// Patterns whose conditions hold now.
pub(super) struct Patterns<'a>(Vec<Pattern<'a>>);

struct Pattern<'a> {
    source: &'a str,
    words: HashSet<String>,
    /// What it names outright, in lower case.
    named: Vec<String>,
    hides_critical: bool,
}

impl<'a> Patterns<'a> {
    pub(super) fn of(all: &'a [Entry], now: Timestamp, zone: &TimeZone) -> Self {
        let moment = jiff::Timestamp::from_nanosecond(i128::from(now.as_nanos())).unwrap_or_default();
        let local = zone.to_datetime(moment);
        let none = Map::new();
        let held = all.iter().filter_map(|entry| {
            let effect = entry.text("effect").filter(|effect| !effect.trim().is_empty())?;
            let conditions = entry.data.get("conditions").and_then(Value::as_object).unwrap_or(&none);
            hold(conditions, local.weekday(), local.hour()).then(|| Pattern {
                source: &entry.source,
                words: words(effect),
                named: texts(conditions.get("match")),
                hides_critical: conditions.get("hides_critical") == Some(&Value::Bool(true)),
            })
        });
        Self(held.collect())
    }

    /// Whether one of them expects the alert.
    pub(super) fn expect(&self, alert: &Entry) -> bool {
        let is_critical = Severity::of(alert.text("level")) == Severity::Critical;
        let fields = ["alert_id", "alert_type", "metric", "message"].map(|field| alert.text(field).unwrap_or_default());
        let spoken = words(&fields.join(" "));
        self.0.iter().any(|pattern| {
            (pattern.source.is_empty() || pattern.source == alert.source)
                && (pattern.hides_critical || !is_critical)
                && if pattern.named.is_empty() {
                    pattern.words.intersection(&spoken).count() >= SHARED
                } else {
                    pattern.named.iter().any(|named| names(named, &fields))
                }
        })
    }
}

/// Whether all conditions hold. Those that we do not know are somebody's notes, and hold.
fn hold(conditions: &Map<String, Value>, weekday: Weekday, hour: i8) -> bool {
    conditions.iter().all(|(key, condition)| match key.as_str() {
        "day_of_week" => texts(Some(condition)).iter().any(|day| *day == name(weekday)),
        "hour_range" => hours(condition).is_none_or(|(from, to)| {
            let hour = f64::from(hour);
            if from <= to { from <= hour && hour < to } else { from <= hour || hour < to }
        }),
        _ => true,
    })
}

/// `[22, 6]`, also as digits in text.
fn hours(condition: &Value) -> Option<(f64, f64)> {
    let number = |value: &Value| {
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
        number.filter(|number| number.is_finite())
    };
    match condition.as_array()?.as_slice() {
        [from, to] => Some((number(from)?, number(to)?)),
        _ => None,
    }
}

/// One text or several, in lower case, blanks left out.
fn texts(value: Option<&Value>) -> Vec<String> {
    let texts: Vec<&str> = match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()).collect()
}

/// Whether a name is the alert's, or stands in its message.
fn names(named: &str, [alert_id, alert_type, metric, message]: &[&str; 4]) -> bool {
    [alert_id, alert_type, metric].into_iter().any(|field| field.to_lowercase() == named)
        || message.to_lowercase().contains(named)
}

fn words(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter(|word| !EMPTY.contains(word)).map(str::to_owned).collect()
}

fn name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

#[cfg(test)]
mod tests;
