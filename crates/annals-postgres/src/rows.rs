//! Rows on their way into the database: gathered one by one, and inserted by one statement.
//!
//! An event is kept as the bytes that it came in and read a second time when it is written, which is cheaper than a text for each of its columns. A column that none of the rows has a value for is
//! left out of the statement.

use std::fmt::Write as _;
use std::ops::Range;

use annals_event::{Column, Encoded, ProducerId, Salt, Timestamp};
use annals_store::Error;
use annals_store::backend::decode;

use crate::connection::{Bundle, Parameter};
use crate::row::stored;

/// What the writer gives an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) seq: u64,
    pub(crate) producer: ProducerId,
    pub(crate) pseq: u64,
    pub(crate) salt: Salt,
    /// Whose operation it begins, where somebody owns that.
    pub(crate) owner: Option<ProducerId>,
}

/// Events in the order of their `seq`.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    bytes: Vec<u8>,
    places: Vec<(Range<usize>, Place)>,
}

impl Gathered {
    pub(crate) fn push(&mut self, payload: &[u8], place: Place) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        self.places.push((start..self.bytes.len(), place));
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn events(&self) -> Result<Vec<(Encoded<'_>, Place)>, Error> {
        self.places.iter().map(|(range, place)| Ok((decode(&self.bytes[range.clone()])?, *place))).collect()
    }
}

/// Inserts them all.
pub(crate) fn insert<'a>(events: &'a [(Encoded<'a>, Place)], recorded_at: Timestamp, bundle: &mut Bundle<'a>) {
    let mut insert = Insert::default();
    insert.column("seq", "BIGINT", events.iter().map(|(_, place)| stored(place.seq)).collect::<Vec<_>>());
    insert.column("id", "BYTEA", events.iter().map(|(event, _)| event.id().as_bytes().to_vec()).collect::<Vec<_>>());
    insert.column("event_type", "TEXT", each(events, Encoded::event_type));
    insert.column("created_at", "BIGINT", each(events, |event| event.created_at().as_nanos()));
    insert.column("recorded_at", "BIGINT", vec![recorded_at.as_nanos(); events.len()]);
    insert.sparse("occurred_at", "BIGINT", each(events, |event| event.occurred_at().map(Timestamp::as_nanos)));
    insert.column("space", "TEXT", each(events, Encoded::space));
    insert.sparse("credential", "TEXT", each(events, |event| Some(event.credential()).filter(|it| !it.is_empty())));
    insert.column(
        "producer",
        "BYTEA",
        events.iter().map(|(_, place)| &place.producer.as_bytes()[..]).collect::<Vec<_>>(),
    );
    insert.column("pseq", "BIGINT", events.iter().map(|(_, place)| stored(place.pseq)).collect::<Vec<_>>());
    insert.column("phase", "TEXT", each(events, |event| event.phase().as_str()));
    insert.sparse("outcome", "TEXT", each(events, |event| event.outcome().map(annals_event::Outcome::as_str)));
    insert.sparse("duration_ms", "BIGINT", each(events, |event| event.duration_ms().map(stored)));
    insert.column("n_redacted", "BIGINT", each(events, |event| i64::from(event.n_redacted())));
    for column in Column::ALL {
        insert.sparse(column.name(), "TEXT", each(events, |event| event.get(*column)));
    }
    insert.column("salt", "BYTEA", events.iter().map(|(_, place)| &place.salt[..]).collect::<Vec<_>>());
    insert.sparse("details", "TEXT", each(events, Encoded::details));
    insert.push_to(bundle);
}

fn each<'a, T>(events: &'a [(Encoded<'a>, Place)], value: impl Fn(&'a Encoded<'a>) -> T) -> Vec<T> {
    events.iter().map(|(event, _)| value(event)).collect()
}

/// A statement in the making: columns, what they are unnested from, and those values.
#[derive(Default)]
struct Insert<'a> {
    columns: String,
    arrays: String,
    values: Vec<Box<dyn Parameter + 'a>>,
}

impl<'a> Insert<'a> {
    fn column(&mut self, name: &str, kind: &str, values: impl Parameter + 'a) {
        let comma = if self.values.is_empty() { "" } else { ", " };
        self.values.push(Box::new(values));
        // Writing to a text cannot fail.
        let _ = write!(self.columns, "{comma}{name}");
        let _ = write!(self.arrays, "{comma}${}::{kind}[]", self.values.len());
    }

    fn sparse<T>(&mut self, name: &str, kind: &str, values: Vec<Option<T>>)
    where
        Vec<Option<T>>: Parameter + 'a,
    {
        if values.iter().any(Option::is_some) {
            self.column(name, kind, values);
        }
    }

    fn push_to(self, bundle: &mut Bundle<'a>) {
        let text = format!("INSERT INTO event ({}) SELECT * FROM unnest({})", self.columns, self.arrays);
        bundle.push_rows(text, self.values);
    }
}
