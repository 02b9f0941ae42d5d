//! Moments, widths and spans as people write them.
//!
//! A moment is RFC 3339, a local date or time, a span back from now (`2h`), or a word. A date is its local midnight, as the calendar on the wall has it.
//! What cannot be read is refused with what would be right; nothing is guessed.

use annals_event::Timestamp;
use annals_store::{BucketWidth, SeqRange};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Zoned};

use crate::words::shortened;

/// A moment, read against the clock and the zone of this machine.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    moment_at(text, &Zoned::now())
}

/// The same against a given present.
pub fn moment_at(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let wrong = || {
        format!(
            "`{}` is no time (hint: give 2h, 1d, now, today, yesterday, 2026-11-20 or 2026-11-20T14:30:00Z)",
            shortened(text)
        )
    };
    let found = match text.trim() {
        "now" => Some(now.timestamp()),
        "today" => now.start_of_day().ok().map(|day| day.timestamp()),
        "yesterday" => now.yesterday().ok().and_then(|day| day.start_of_day().ok()).map(|day| day.timestamp()),
        text => span(text)
            .and_then(|seconds| now.timestamp().checked_sub(SignedDuration::from_secs(seconds)).ok())
            .or_else(|| text.parse::<jiff::Timestamp>().ok())
            .or_else(|| local(text, now)),
    };
    let Some(moment) = found else {
        return Err(if span(text.trim()).is_some() { outside(text) } else { wrong() });
    };
    i64::try_from(moment.as_nanosecond()).map(Timestamp::from_nanos).map_err(|_| outside(text))
}

fn outside(text: &str) -> String {
    format!("`{}` lies outside of what a time may be (hint: give one from 1678 to 2261)", shortened(text))
}

/// A date or a time without an offset: this machine's. One that has an offset was read before, or is wrong.
fn local(text: &str, now: &Zoned) -> Option<jiff::Timestamp> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b'T' | b't' | b' '));
    let n_hyphens = text.bytes().filter(|byte| *byte == b'-').count();
    // `2026-11-20T14:30-02:00` would be read without its offset.
    let civil: DateTime = (is_plain && n_hyphens == 2).then(|| text.parse().ok()).flatten()?;
    civil.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp())
}

/// A length of time in seconds: `90s`, `30m`, `2h`, `1d` (24 hours), `1w`.
fn span(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse::<i64>().ok()?.checked_mul(seconds)).flatten()
}

/// The width of a bucket of statistics.
pub fn width(text: &str) -> Result<BucketWidth, String> {
    let seconds = match text {
        "minute" => Some(60),
        "hour" => Some(3_600),
        "day" => Some(86_400),
        "week" => Some(604_800),
        text => span(text),
    };
    let width = seconds.and_then(|seconds| BucketWidth::from_seconds(u32::try_from(seconds).ok()?));
    width.ok_or_else(|| format!("`{}` is no width (hint: give 1m, 15m, 1h, 1d or 1w)", shortened(text)))
}

/// Sequence numbers: `10..20` ends before 20, `10..=20` with it, `10..`, `..20`, or the one `10`.
pub fn seqs(text: &str) -> Result<SeqRange, String> {
    let wrong =
        || format!("`{}` is no span of sequence numbers (hint: give 10..20, 10.., ..20 or 10)", shortened(text));
    let number = |text: &str, default: u64| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        if text.is_empty() {
            Some(default)
        } else {
            plain.then(|| text.parse().ok()).flatten().filter(|it| i64::try_from(*it).is_ok())
        }
    };
    let range = match text.split_once("..") {
        Some((start, end)) => {
            let (end, one) = end.strip_prefix('=').map_or((end, 0), |end| (end, 1));
            number(start, 0).zip(number(end, SeqRange::ALL.end).map(|end| end.saturating_add(one)))
        }
        None if text.is_empty() => None,
        None => number(text, 0).map(|seq| (seq, seq + 1)),
    };
    let (start, end) = range.ok_or_else(wrong)?;
    if end < start || text == ".." || text.ends_with("..=") { Err(wrong()) } else { Ok(SeqRange { start, end }) }
}

#[cfg(test)]
mod tests;
