//! How the text of a setting is read, and how a value is printed so that it can be read again.

use std::time::Duration;

/// A whole number between these.
pub(super) fn number(text: &str, least: usize, most: usize) -> Option<usize> {
    text.replace('_', "").parse().ok().filter(|number| (least..=most).contains(number))
}

/// A number of bytes: `65536`, `64KiB`, `8MiB`.
pub(super) fn bytes(text: &str, least: usize, most: usize) -> Option<usize> {
    let (digits, factor) = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), factor)))
        .unwrap_or((text, 1));
    number(digits, 0, usize::MAX)?.checked_mul(factor).filter(|bytes| (least..=most).contains(bytes))
}

/// A number of bytes as `bytes` reads it.
pub(super) fn print_bytes(bytes: usize) -> String {
    for (unit, factor) in [("GiB", 1_usize << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes != 0 && bytes.is_multiple_of(factor) {
            return format!("{}{unit}", bytes / factor);
        }
    }
    bytes.to_string()
}

/// A length of time from a millisecond to a day: `500ms`, `30s`, `5m`, `1.5s`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (digits, unit_s) = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)]
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    let seconds = digits.trim_end().parse::<f64>().ok()? * unit_s;
    (0.001..=86_400.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// A length of time as `duration` reads it.
pub(super) fn print_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms.is_multiple_of(1_000) { format!("{}s", ms / 1_000) } else { format!("{ms}ms") }
}

/// Names between commas.
pub(super) fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}
