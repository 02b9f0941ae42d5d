//! The events that fit, one after the other, page after page.
//!
//! What failed takes two answers of the store, each in order of the log; here they become one, and an event that is in both comes once.

use std::collections::VecDeque;

use annals::{Audit, Filter, Order, PageRequest, StoredEvent};

use super::failed::{by_decision, by_outcome};
use crate::failure::Failure;
use annals_ask::is_bad;

/// Which of the events that fit a filter are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// All.
    All,
    /// What failed, timed out or was denied.
    Failed,
}

impl Wanted {
    /// Whether an event is among them.
    pub(super) fn fits(self, filter: &Filter, event: &StoredEvent) -> bool {
        filter.fits(event) && (self == Self::All || is_bad(event))
    }
}

/// Events in order.
pub(super) struct Source<'a> {
    streams: Vec<Stream<'a>>,
    order: Order,
}

/// One answer of the store.
struct Stream<'a> {
    audit: &'a Audit,
    filter: Filter,
    request: PageRequest,
    events: VecDeque<StoredEvent>,
    is_over: bool,
}

impl<'a> Source<'a> {
    /// Those behind the request's cursor, read by pages of its limit.
    pub(super) fn new(audit: &'a Audit, filter: &Filter, wanted: Wanted, request: PageRequest) -> Self {
        let stream = |filter| Stream { audit, filter, request, events: VecDeque::new(), is_over: false };
        let streams = match wanted {
            Wanted::All => vec![stream(filter.clone())],
            Wanted::Failed => [by_outcome(filter.clone()), by_decision(filter.clone())].map(stream).into(),
        };
        Self { streams, order: request.order }
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Result<Option<StoredEvent>, Failure> {
        let mut next: Option<u64> = None;
        for stream in &mut self.streams {
            let seq = stream.peek()?;
            next = match self.order {
                Order::Oldest => next.into_iter().chain(seq).min(),
                Order::Newest => next.max(seq),
            };
        }
        let mut found = None;
        for stream in &mut self.streams {
            found = stream.events.pop_front_if(|event| Some(event.seq) == next).or(found);
        }
        Ok(found)
    }

    /// Whether the next event must be looked for in the database, and may be far away.
    pub(super) fn is_dry(&self) -> bool {
        self.streams.iter().any(|stream| stream.events.is_empty() && !stream.is_over)
    }
}

impl Stream<'_> {
    /// The next event's place in the log, which stays to be taken.
    fn peek(&mut self) -> Result<Option<u64>, Failure> {
        while self.events.is_empty() && !self.is_over {
            let page = self.audit.query(&self.filter, &self.request)?;
            self.events.extend(page.events);
            self.is_over = page.cursor.is_none();
            self.request.cursor = page.cursor;
        }
        Ok(self.events.front().map(|event| event.seq))
    }
}
