//! How the text of a setting is read, and how a value is printed so that it can be read again.

use std::time::Duration;

/// A whole number of at least `least`.
pub(super) fn number(text: &str, least: u64) -> Option<u64> {
    text.trim().replace('_', "").parse().ok().filter(|number| *number >= least)
}

/// A number of bytes: `65536`, `64KiB`, `8MiB`.
pub(super) fn bytes(text: &str, least: u64) -> Option<u64> {
    let text = text.trim();
    let (digits, factor) = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .unwrap_or((text, 1));
    number(digits, 0)?.checked_mul(factor).filter(|bytes| *bytes >= least)
}

/// A length of time: `2ms`, `30s`, `5m`, or `1.5s`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (digits, unit_ms) = [("ms", 1.0), ("s", 1_000.0), ("m", 60_000.0)]
        .into_iter()
        .find_map(|(unit, ms)| Some((text.strip_suffix(unit)?, ms)))?;
    let number: f64 = digits.trim().parse().ok()?;
    let seconds = number * unit_ms / 1_000.0;
    // A year bounds it, so that adding it to a moment cannot overflow.
    (0.0..=31_536_000.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// A length of time as `duration` reads it.
pub(super) fn print_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms.is_multiple_of(1_000) { format!("{}s", ms / 1_000) } else { format!("{ms}ms") }
}

/// An age: `12h`, `30d`, `0`, or what [`duration`] takes. A century bounds it, so that taking it from a moment cannot overflow.
pub(super) fn age(text: &str) -> Option<Duration> {
    const CENTURY_S: u64 = 36_525 * 86_400;
    let text = text.trim();
    let units = [("h", 3_600), ("d", 86_400)];
    let Some((digits, in_seconds)) = units.into_iter().find_map(|(unit, s)| Some((text.strip_suffix(unit)?, s))) else {
        return if text == "0" { Some(Duration::ZERO) } else { duration(text) };
    };
    let seconds = number(digits, 0)?.checked_mul(in_seconds)?;
    (seconds <= CENTURY_S).then(|| Duration::from_secs(seconds))
}

/// An age as `age` reads it.
pub(super) fn print_age(age: Duration) -> String {
    let seconds = age.as_secs();
    if age.is_zero() {
        "0".to_owned()
    } else if age.subsec_nanos() == 0 && seconds.is_multiple_of(86_400) {
        format!("{}d", seconds / 86_400)
    } else if age.subsec_nanos() == 0 && seconds.is_multiple_of(3_600) {
        format!("{}h", seconds / 3_600)
    } else {
        print_duration(age)
    }
}

/// Yes or no.
pub(super) fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Names between commas.
pub(super) fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}
