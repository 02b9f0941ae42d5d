//! Times and lengths of time for people: local, and as short as the day allows.

use annals::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

fn local(at: Timestamp, zone: &TimeZone) -> Option<Zoned> {
    let at = jiff::Timestamp::from_nanosecond(i128::from(at.as_nanos())).ok()?;
    Some(at.to_zoned(zone.clone()))
}

/// The time of day, `14:03:07`.
pub(crate) fn clock(at: Timestamp) -> String {
    local(at, &TimeZone::system()).map_or_else(|| at.to_string(), |at| at.strftime("%H:%M:%S").to_string())
}

/// Whether both times are on one day.
pub(crate) fn is_one_day(first: Timestamp, last: Timestamp) -> bool {
    let zone = TimeZone::system();
    local(first, &zone).map(|first| first.date()) == local(last, &zone).map(|last| last.date())
}

/// The time with as much of its date as is needed by someone who looks at it now.
pub(crate) fn day_and_clock(at: Timestamp) -> String {
    day_and_clock_at(at, &Zoned::now())
}

fn day_and_clock_at(at: Timestamp, now: &Zoned) -> String {
    let Some(local) = local(at, now.time_zone()) else { return at.to_string() };
    let shape = if local.date() == now.date() {
        "%H:%M:%S"
    } else if local.year() == now.year() {
        "%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M"
    };
    local.strftime(shape).to_string()
}

/// How long it is from one time to another: `850ms`, `12s`, `3m 05s`, `2h 10m`, `4d 3h`.
pub(crate) fn span_text(from: Timestamp, to: Timestamp) -> String {
    let ms = to.as_nanos().saturating_sub(from.as_nanos()).max(0) / 1_000_000;
    let seconds = ms / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    if seconds == 0 {
        format!("{ms}ms")
    } else if minutes == 0 {
        format!("{seconds}s")
    } else if hours == 0 {
        format!("{minutes}m {:02}s", seconds % 60)
    } else if days == 0 {
        format!("{hours}h {:02}m", minutes % 60)
    } else {
        format!("{days}d {}h", hours % 24)
    }
}

#[cfg(test)]
mod tests;
