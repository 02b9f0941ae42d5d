//! Times as the contract writes them: read generously, written in one way.
//!
//! Read is what Python's `datetime.fromisoformat` takes, since existing prompts and scripts were written against it, and a trailing `Z`; a time
//! without an offset is UTC. Written is ISO 8601 with six decimals and `+00:00`. A time is kept to the microsecond, so that what was written is found
//! equal when it is read again.
//! No clock is read here.

use annals_event::Timestamp;
use jiff::civil::{Date, ISOWeekDate, Time, Weekday};
use jiff::tz::{Offset, TimeZone};

use crate::refusal::{Refusal, TIME_HELP};

/// Nanoseconds of a microsecond.
const MICRO: i64 = 1_000;

/// The time as text, such as `2026-11-21T14:03:05.000120+00:00`.
pub fn written(at: Timestamp) -> String {
    let shown = jiff::Timestamp::from_nanosecond(i128::from(at.as_nanos())).unwrap_or_default();
    let civil = Offset::UTC.to_datetime(shown);
    let micros = civil.subsec_nanosecond() / 1_000;
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{micros:06}+00:00",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

/// The time cut to the microsecond, which is what is kept.
pub fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_nanos(at.as_nanos().div_euclid(MICRO).saturating_mul(MICRO))
}

/// Reads a parameter's text.
pub fn read(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    parsed(text.trim()).map(kept).ok_or_else(|| {
        let what = if text.trim().is_empty() { "is empty" } else { "is no time" };
        Refusal::parameter(name, format!("`{name}` {what}: give ISO 8601, such as `2026-11-21T14:00:00Z`"))
            .with_value(text)
            .with_help(TIME_HELP)
    })
}

/// A time that was stored by us or came from somewhere else, if it is one.
pub fn parsed(text: &str) -> Option<Timestamp> {
    // Longer texts are none, and what is not ASCII could be cut inside a letter.
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let (date, rest) = date(text)?;
    let (time, offset) = if rest.is_empty() {
        (Time::midnight(), Offset::UTC)
    } else {
        // Any one character stands between date and time.
        let rest = rest.get(1..)?;
        let border = rest.find(['+', '-', 'Z', 'z']).unwrap_or(rest.len());
        let (time, offset) = rest.split_at_checked(border)?;
        (clock(time)?, shift(offset)?)
    };
    let zoned = date.to_datetime(time).to_zoned(TimeZone::fixed(offset)).ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok().map(Timestamp::from_nanos)
}

/// `2026-11-21`, `20261121`, `2026-W47-6`, `2026W476` or a week without its day, and what follows.
fn date(text: &str) -> Option<(Date, &str)> {
    let year: i16 = digits(text.get(..4)?)?.try_into().ok()?;
    let dashed = text.get(4..5)? == "-";
    let rest = text.get(if dashed { 5 } else { 4 }..)?;
    if let Some(rest) = rest.strip_prefix('W') {
        let week = digits(rest.get(..2)?)?.try_into().ok()?;
        let rest = rest.get(2..)?;
        let day = if dashed { rest.strip_prefix('-') } else { Some(rest) };
        let numbered = day.and_then(|day| Some((digits(day.get(..1)?)?, day.get(1..)?)));
        let (day, rest) = numbered.unwrap_or((1, rest));
        let day = Weekday::from_monday_one_offset(day.try_into().ok()?).ok()?;
        return Some((ISOWeekDate::new(year, week, day).ok()?.date(), rest));
    }
    let month = digits(rest.get(..2)?)?.try_into().ok()?;
    let rest = rest.get(2..)?;
    let rest = if dashed { rest.strip_prefix('-')? } else { rest };
    let day = digits(rest.get(..2)?)?.try_into().ok()?;
    Some((Date::new(year, month, day).ok()?, rest.get(2..)?))
}

/// `14`, `14:03`, `1403`, `14:03:05`, `140305`, each with a fraction after seconds.
fn clock(text: &str) -> Option<Time> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let [hour, minute, second] = sixties(whole)?;
    let nanos = match fraction {
        None => 0,
        Some(fraction) if whole.len() >= 6 && !fraction.is_empty() => {
            let kept: String = fraction.chars().chain("000000000".chars()).take(9).collect();
            digits(fraction.get(..9).unwrap_or(fraction)).and(digits(&kept))?
        }
        Some(_) => return None,
    };
    Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, nanos.try_into().ok()?).ok()
}

/// Nothing, `Z`, `+01`, `+0100`, `+01:00` or `+01:00:30`.
fn shift(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1) {
        None | Some(("Z" | "z", "")) => return Some(Offset::UTC),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) => return None,
    };
    let [hours, minutes, seconds] = sixties(rest)?;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Offset::from_seconds(sign * i32::try_from(hours * 3_600 + minutes * 60 + seconds).ok()?).ok()
}

/// One to three numbers of two digits, with colons between all of them or none.
fn sixties(text: &str) -> Option<[u32; 3]> {
    let parts: Vec<&str> = if text.contains(':') {
        text.split(':').collect()
    } else {
        (0..text.len()).step_by(2).map(|start| text.get(start..start + 2)).collect::<Option<_>>()?
    };
    if parts.is_empty() || parts.len() > 3 || parts.iter().any(|part| part.len() != 2) {
        return None;
    }
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(parts) {
        *number = digits(part)?;
    }
    Some(numbers)
}

/// A number of digits and nothing else.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests;
