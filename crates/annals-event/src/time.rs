//! A point in time: nanoseconds since 1970, UTC.
//!
//! An `i64` of nanoseconds reaches from 1677 to 2262, sorts as it should in SQL, and is what every column holds. Text is
//! RFC 3339, written with nine decimals and `Z`, so that equal times have equal text and text sorts like time. The
//! calendar is a few lines of arithmetic (the proleptic Gregorian calendar counted from 1 March, so that the leap day
//! comes last); zones, names and local time belong to the programs that talk to people.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::error::{Invalid, InvalidKind, quoted};

#[cfg(test)]
mod tests;

const NANOS: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;
/// Days from 1 March of year 0 to 1 January 1970.
const EPOCH_DAY: i64 = 719_468;
/// Days of the Gregorian calendar's 400 years.
const ERA_DAYS: i64 = 146_097;

/// How long the text of a time is.
pub(crate) const TEXT_BYTES: usize = 30;

/// Nanoseconds since 1970-01-01T00:00:00Z. Shown in RFC 3339 with nine decimals and `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time this many nanoseconds after 1970 (before it, when negative).
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Appends the text, for callers that write many.
    pub fn write(self, out: &mut String) {
        // Digits and punctuation alone, so that this never fails.
        out.push_str(str::from_utf8(&self.text()).unwrap_or_default());
    }

    /// The text as bytes.
    pub(crate) fn text(self) -> [u8; TEXT_BYTES] {
        let mut text = *b"0000-00-00T00:00:00.000000000Z";
        let (seconds, nanos) = (self.0.div_euclid(NANOS), self.0.rem_euclid(NANOS));
        let (days, second) = (seconds.div_euclid(DAY_SECONDS), seconds.rem_euclid(DAY_SECONDS));
        let (year, month, day) = date_of(days);
        put_digits(&mut text[..4], year);
        put_digits(&mut text[5..7], month);
        put_digits(&mut text[8..10], day);
        put_digits(&mut text[11..13], second / 3600);
        put_digits(&mut text[14..16], second / 60 % 60);
        put_digits(&mut text[17..19], second % 60);
        put_digits(&mut text[20..29], nanos);
        text
    }
}

impl From<SystemTime> for Timestamp {
    /// A time outside of 1677 to 2262 becomes the nearest one inside.
    fn from(time: SystemTime) -> Self {
        let nanos = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
        Self(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => nanos(after),
            Err(before) => -nanos(before.duration()),
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(30);
        self.write(&mut text);
        f.pad(&text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;

    /// Reads RFC 3339 with any offset; digits beyond the nanosecond are dropped. The error's field is `time`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse(text.as_bytes()).map(Self).ok_or_else(|| {
            let problem = format!("`{}` is no time in RFC 3339 between 1678 and 2261", quoted(text));
            Invalid::new("time", InvalidKind::Malformed, problem).with_hint("a time looks like 2026-11-20T14:30:00Z")
        })
    }
}

/// Year, month and day of a day counted from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + EPOCH_DAY;
    let (era, day_of_era) = (shifted.div_euclid(ERA_DAYS), shifted.rem_euclid(ERA_DAYS));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The day counted from 1970-01-01, or nothing where the calendar has no such date.
fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let march_year = year - i64::from(month <= 2);
    let (era, year_of_era) = (march_year.div_euclid(400), march_year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH_DAY;
    // 31 April comes back as 1 May: what doesn't come back as itself isn't in the calendar.
    (date_of(days) == (year, month, day)).then_some(days)
}

/// Fills all of the place with the last digits of a value that is not negative.
fn put_digits(place: &mut [u8], value: i64) {
    let mut rest = value.unsigned_abs();
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789"[usize::try_from(rest % 10).unwrap_or(0)];
        rest /= 10;
    }
}

fn parse(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(11)?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let shape = [date[4], date[7], date[10].to_ascii_uppercase(), clock[2], clock[5]];
    if shape != *b"--T::" && shape != *b"-- ::" {
        return None;
    }
    let day = day_of(number(&date[..4])?, number(&date[5..7])?, number(&date[8..10])?)?;
    let (hour, minute, second) = (number(&clock[..2])?, number(&clock[3..5])?, number(&clock[6..])?);
    let (nanos, rest) = fraction(rest)?;
    let offset = offset_seconds(rest)?;
    // A leap second is the second after: the clocks that write `:60` mean just that.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = day * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
    i64::try_from(i128::from(seconds) * i128::from(NANOS) + i128::from(nanos)).ok()
}

/// Nanoseconds of an optional `.123`, and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', text)) = text.split_first() else { return Some((0, text)) };
    let n_digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let kept = number(text.get(..n_digits.min(9))?)?;
    let places = u32::try_from(9 - n_digits.min(9)).ok()?;
    Some((kept * 10_i64.pow(places), &text[n_digits..]))
}

fn offset_seconds(text: &[u8]) -> Option<i64> {
    let sign = match text {
        b"Z" | b"z" => return Some(0),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(&text[1..3])?, number(&text[4..6])?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A number of at least one digit and nothing else.
fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}
