//! Pages: how many rows, in which order, and where the next one begins.

use std::fmt;
use std::str::FromStr;

use annals_event::{StoredEvent, Timestamp};

use crate::{Error, ErrorKind};

/// Which end of the log comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// Descending `seq`.
    #[default]
    Newest,
    /// Ascending `seq`.
    Oldest,
}

/// How much a page may hold: 1 to 1 000 rows, 100 unless said, and of events 1 MiB.
///
/// The bytes are there for who reads: a thousand events whose details are as long as they may be are 64 MiB, and a few readers of such pages would fill a server's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    n_rows: u16,
    n_bytes: u32,
}

/// The most bytes of events on a page, as [`weight`] tells them.
const MOST_BYTES: u32 = 1 << 20;

impl Limit {
    /// The largest page.
    pub const MAX: Self = Self { n_rows: 1_000, n_bytes: MOST_BYTES };

    /// A limit, if it is one of 1 to 1 000 rows.
    pub fn new(n_rows: u64) -> Result<Self, Error> {
        match u16::try_from(n_rows) {
            Ok(n_rows @ 1..=1_000) => Ok(Self { n_rows, ..Self::MAX }),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                format!("`limit` is {n_rows} (hint: give 1 to 1000, and page on with `cursor`)"),
            )),
        }
    }

    /// The number of rows.
    pub const fn get(self) -> usize {
        self.n_rows as usize
    }

    /// The same with no more bytes of events than these; 1 MiB stays the most.
    #[must_use]
    pub fn with_bytes(self, n_bytes: usize) -> Self {
        Self { n_bytes: u32::try_from(n_bytes).unwrap_or(MOST_BYTES).min(MOST_BYTES), ..self }
    }

    /// The number of bytes. A page ends before the event with which it would have more, unless that is its first.
    pub const fn n_bytes(self) -> usize {
        self.n_bytes as usize
    }
}

/// What an event takes of a page's bytes: its texts and details, and the same for each event beside them. As JSON it is about as long.
pub fn weight(event: &StoredEvent) -> usize {
    /// Ids, times and numbers.
    const REST: usize = 256;
    let texts: usize = event.texts.iter().map(|(_, text)| text.len()).sum();
    REST + texts + event.details.as_deref().map_or(0, str::len)
}

impl Default for Limit {
    fn default() -> Self {
        Self { n_rows: 100, ..Self::MAX }
    }
}

/// A place between two rows of an ordered answer, opaque to callers: the order's letter and the `seq` of the row before it.
///
/// It holds nothing that a later append could shift, so that paging through a growing log shows each row once. A session is shown at its last event, which later
/// ones do shift: so a cursor among sessions also holds where the log ended when the first page was read, and the pages behind it end there too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    order: Order,
    seq: u64,
    end: Option<u64>,
}

impl Cursor {
    /// The place after the row with this `seq`.
    pub const fn after(order: Order, seq: u64) -> Self {
        Self { order, seq, end: None }
    }

    /// The same place in an answer that takes the log to end before this `seq`.
    #[must_use]
    pub const fn ending_at(self, end: u64) -> Self {
        Self { end: Some(end), ..self }
    }

    /// The order it belongs to.
    pub const fn order(self) -> Order {
        self.order
    }

    /// The `seq` of the row before the place.
    pub const fn seq(self) -> u64 {
        self.seq
    }

    /// Where its answer takes the log to end: before this `seq`, or where it ends now.
    pub const fn end(self) -> Option<u64> {
        self.end
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.order {
            Order::Newest => 'n',
            Order::Oldest => 'o',
        };
        write!(formatter, "{letter}{:x}", self.seq)?;
        self.end.map_or(Ok(()), |end| write!(formatter, "-{end:x}"))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            let shown: String = text.chars().take(40).collect();
            Error::new(
                ErrorKind::Invalid,
                format!(
                    "`cursor` is `{shown}`, which is none (hint: give back the `cursor` of a row or a page as it was printed)"
                ),
            )
        };
        let order = match text.as_bytes().first() {
            Some(b'n') => Order::Newest,
            Some(b'o') => Order::Oldest,
            _ => return Err(wrong()),
        };
        let (seq, end) = match text[1..].split_once('-') {
            Some((seq, end)) => (seq, Some(number(end).ok_or_else(wrong)?)),
            None => (&text[1..], None),
        };
        Ok(Self { order, seq: number(seq).ok_or_else(wrong)?, end })
    }
}

/// A `seq` in lower-case hexadecimal digits.
fn number(digits: &str) -> Option<u64> {
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number = is_plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten()?;
    i64::try_from(number).is_ok().then_some(number)
}

/// Which page is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PageRequest {
    /// Newest or oldest first.
    pub order: Order,
    /// At most so many rows, and so many bytes of events.
    pub limit: Limit,
    /// Where to go on; its order must be the same.
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The page after this one's cursor, once it is known to fit the order.
    pub fn checked(self) -> Result<Self, Error> {
        match self.cursor {
            Some(cursor) if cursor.order() != self.order => Err(Error::new(
                ErrorKind::Invalid,
                "`cursor` belongs to the other `order` (hint: give the `order` that the cursor came from)",
            )),
            _ => Ok(self),
        }
    }
}

/// A page of events.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// The rows, in the order asked for.
    pub events: Vec<StoredEvent>,
    /// Where to go on; `None` when nothing can follow.
    pub cursor: Option<Cursor>,
    /// The last `seq` looked at, when the page ended because it had examined as many rows as a page may, 20 000 at most.
    pub examined_to: Option<u64>,
}

/// A session as its events tell it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The `session_id`.
    pub session_id: String,
    /// The newest actor, client, user and project named in it.
    pub actor_name: Option<String>,
    /// See `actor_name`.
    pub client: Option<String>,
    /// See `actor_name`.
    pub user_identity: Option<String>,
    /// See `actor_name`.
    pub project_name: Option<String>,
    /// `recorded_at` of its first event.
    pub first_at: Timestamp,
    /// `recorded_at` of its last event.
    pub last_at: Timestamp,
    /// The `seq` of its last event, by which pages are ordered.
    pub last_seq: u64,
    /// All its events.
    pub n_events: u64,
    /// Its operations, each once whether its intent, its outcome or both are among the events; and its single events of the types `tool.*`.
    pub n_calls: u64,
    /// Its events with outcome `failure`, `timeout` or `denied`, or decision `deny`.
    pub n_failures: u64,
}

/// A page of sessions.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SessionPage {
    /// The sessions, in the order asked for.
    pub sessions: Vec<Session>,
    /// Where to go on; `None` when nothing can follow.
    pub cursor: Option<Cursor>,
    /// The last `seq` looked at, when the page ended because it had examined as many rows as a page may, 20 000 at most.
    pub examined_to: Option<u64>,
    /// Where the log was taken to end: no event with this `seq` or a later one was counted. The same for all pages of one answer, whose cursors carry it.
    pub end: u64,
}

#[cfg(test)]
mod tests;
