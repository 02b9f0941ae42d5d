//! A batch cut to what one request carries.

use annals_event::{Encoded, GapSpan, ProducerId};
use annals_store::{Batch, Error, ErrorKind};

use crate::{MAX_EVENTS, Top, write_event};

/// A body ends with the event that passes this; a server's limit is several times as much.
const ENOUGH_BYTES: usize = 1 << 20;

/// The body of one request.
pub(super) struct Parcel {
    body: String,
    n_events: usize,
}

impl Parcel {
    /// No events.
    pub(super) fn empty(top: &Top) -> Self {
        let mut body = String::new();
        top.write(&mut body);
        Self { body, n_events: 0 }
    }

    /// The first events of the batch, at most so many, and the losses that have their place among them.
    pub(super) fn of(producer: ProducerId, batch: &Batch<'_>, n_at_most: usize) -> Result<Self, Error> {
        let mut lines = String::new();
        let mut n_events = 0;
        for pending in batch.events.iter().take(n_at_most.min(MAX_EVENTS)) {
            let event = Encoded::decode(pending.payload).map_err(|error| {
                Error::with_source(
                    ErrorKind::Corrupt,
                    format!("an event of the journal cannot be read: {error}"),
                    error,
                )
            })?;
            write_event(&event, pending.pseq, &mut lines);
            n_events += 1;
            if ENOUGH_BYTES <= lines.len() {
                break;
            }
        }
        let gaps = match batch.events.get(..n_events).and_then(<[_]>::last) {
            // What lies behind the last event is declared with those that follow it.
            Some(last) if n_events < batch.events.len() => batch
                .gaps
                .iter()
                .filter(|gap| match gap.span {
                    GapSpan::Range { first, .. } | GapSpan::From { first } => first <= last.pseq,
                    GapSpan::After { .. } => false,
                })
                .cloned()
                .collect(),
            _ => batch.gaps.to_vec(),
        };
        let mut body = String::with_capacity(lines.len() + 256);
        Top { producer, gaps, sheds: batch.sheds, ended: false }.write(&mut body);
        body.push_str(&lines);
        Ok(Self { body, n_events })
    }

    pub(super) fn body(&self) -> &str {
        &self.body
    }

    pub(super) fn n_events(&self) -> usize {
        self.n_events
    }
}
