//! Times for people: local to the server, as short as the day allows, with the exact time behind them.

use annals::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// The present and the zone that one page is written in.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    now: Zoned,
}

impl Clock {
    /// The clock on the server's wall.
    pub(super) fn now() -> Self {
        Self { now: Zoned::now() }
    }

    /// The present.
    pub(super) fn present(&self) -> &Zoned {
        &self.now
    }

    /// The same as the log has it.
    pub(super) fn present_stamp(&self) -> Timestamp {
        Timestamp::from_nanos(i64::try_from(self.now.timestamp().as_nanosecond()).unwrap_or(i64::MAX))
    }

    /// With as much of the date as is needed by somebody who looks at it now.
    pub(super) fn time(&self, at: Timestamp) -> Markup {
        let Some(local) = self.local(at) else { return stamp(at, &at.to_string()) };
        let shape = if local.date() == self.now.date() {
            "%H:%M:%S"
        } else if local.year() == self.now.year() {
            "%b %-d, %H:%M:%S"
        } else {
            "%Y-%m-%d %H:%M"
        };
        stamp(at, &local.strftime(shape).to_string())
    }

    /// The time of day alone.
    pub(super) fn clock(&self, at: Timestamp) -> Markup {
        let text = self.local(at).map_or_else(|| at.to_string(), |at| at.strftime("%H:%M:%S").to_string());
        stamp(at, &text)
    }

    /// The whole of it, with the offset.
    pub(super) fn exact(&self, at: Timestamp) -> Markup {
        let text =
            self.local(at).map_or_else(|| at.to_string(), |at| at.strftime("%a %Y-%m-%d %H:%M:%S%.f %:z").to_string());
        stamp(at, &text)
    }

    /// The beginning of a span of so many seconds, for an axis or a table.
    pub(super) fn span_start(&self, at: Timestamp, seconds: u32) -> String {
        let Some(local) = self.local(at) else { return at.to_string() };
        let shape = match seconds {
            ..60 => "%H:%M:%S",
            60..86_400 if local.date() == self.now.date() => "%H:%M",
            60..86_400 => "%b %-d, %H:%M",
            _ => "%b %-d, %Y",
        };
        local.strftime(shape).to_string()
    }

    /// Whether both are on one day.
    pub(super) fn is_one_day(&self, first: Timestamp, last: Timestamp) -> bool {
        self.local(first).map(|first| first.date()) == self.local(last).map(|last| last.date())
    }

    /// `UTC+01:00`, as the foot of each page says.
    pub(super) fn zone(&self) -> String {
        let offset = self.now.strftime("UTC%:z").to_string();
        match self.now.time_zone().iana_name() {
            Some(name) if name != "UTC" && name != "Etc/UTC" => format!("{name}, {offset}"),
            _ => offset,
        }
    }

    fn local(&self, at: Timestamp) -> Option<Zoned> {
        local(at, self.now.time_zone())
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> Option<Zoned> {
    Some(jiff::Timestamp::from_nanosecond(i128::from(at.as_nanos())).ok()?.to_zoned(zone.clone()))
}

fn stamp(at: Timestamp, text: &str) -> Markup {
    html! { time datetime=(at) title=(at) { (text) } }
}

/// How long it is from one time to another.
pub(super) fn between(from: Timestamp, to: Timestamp) -> String {
    let ms = to.as_nanos().saturating_sub(from.as_nanos()).max(0) / 1_000_000;
    duration(u64::try_from(ms).unwrap_or(0))
}

/// A length of time: `850 ms`, `1.2 s`, `12 s`, `3 m 05 s`, `2 h 10 m`, `4 d 3 h`.
pub(super) fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match () {
        () if seconds == 0 => format!("{ms} ms"),
        () if seconds < 10 => format!("{seconds}.{} s", ms % 1_000 / 100),
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 => format!("{minutes} m {:02} s", seconds % 60),
        () if days == 0 => format!("{hours} h {:02} m", minutes % 60),
        () => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn lengths() {
        for (ms, text) in [
            (0, "0 ms"),
            (850, "850 ms"),
            (1_250, "1.2 s"),
            (12_900, "12 s"),
            (185_000, "3 m 05 s"),
            (7_800_000, "2 h 10 m"),
            (356_400_000, "4 d 3 h"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }
}
