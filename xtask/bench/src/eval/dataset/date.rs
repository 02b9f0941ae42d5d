//! Dates as the datasets write them: `1:56 pm on 8 May, 2023` and `2023/05/20 (Sat) 02:21`.

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A date, as it was written and as it was understood.
#[derive(PartialEq, Eq, Debug)]
pub(in crate::eval) struct Date {
    pub(in crate::eval) text: String,
    /// Year, month and day.
    day: Option<(u32, u32, u32)>,
    /// Hour and minute of the day.
    time: Option<(u32, u32)>,
}

impl Date {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim().to_owned();
        let (day, time) = (day(&text), time(&text));
        Self { text, day, time }
    }

    /// As `2023-05-08`, where it was understood.
    pub(in crate::eval) fn day(&self) -> Option<String> {
        self.day.map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
    }

    /// As RFC 3339 in UTC, at noon where no time is named: the datasets know no time zone.
    pub(in crate::eval) fn moment(&self) -> Option<String> {
        let (hour, minute) = self.time.unwrap_or((12, 0));
        self.day().map(|day| format!("{day}T{hour:02}:{minute:02}:00Z"))
    }
}

/// `8 May, 2023` or `2023/05/20`, wherever it stands.
fn day(text: &str) -> Option<(u32, u32, u32)> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let named = words.windows(3).find_map(|words| {
        let month = words[1].to_ascii_lowercase();
        let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
        Some((words[2].parse().ok()?, month, words[0].parse().ok()?))
    });
    let written = words.iter().find_map(|word| {
        let mut numbers = word.split(['/', '-']).map(str::parse);
        match (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()) {
            (Ok(year), Ok(month), Ok(day), None) => Some((year, month, day)),
            _ => None,
        }
    });
    let is_day = |(year, month, day): &(u32, u32, u32)| {
        (1_000..=9_999).contains(year) && (1..=12).contains(month) && (1..=31).contains(day)
    };
    named.or(written).filter(is_day)
}

/// `1:56 pm` or `02:21`, wherever it stands.
fn time(text: &str) -> Option<(u32, u32)> {
    let words: Vec<String> = text.split([' ', ',']).map(str::to_ascii_lowercase).collect();
    let (at, hour, minute) = words.iter().enumerate().find_map(|(at, word)| {
        let (hour, minute) = word.split_once(':')?;
        Some((at, hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?))
    })?;
    let hour = match words.get(at + 1).map(String::as_str) {
        Some("pm") if hour < 12 => hour + 12,
        Some("am") if hour == 12 => 0,
        _ => hour,
    };
    (hour < 24 && minute < 60).then_some((hour, minute))
}
