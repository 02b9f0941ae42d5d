//! What failed, timed out or was denied, as the statistics and the list of sessions count it.
//!
//! An event is among these by its outcome or by its decision, and a filter asks for both of what it names. Here are two answers of the store, each in order of the log,
//! brought together; an event that is in both counts once.

use std::collections::VecDeque;

use annals::{Audit, Cursor, Decision, Filter, Limit, Order, Outcome, PageRequest, StoredEvent};

use super::Reading;
use crate::failure::Failure;

/// One of the two answers, page after page.
struct Stream<'a> {
    audit: &'a Audit,
    filter: Filter,
    request: PageRequest,
    events: VecDeque<StoredEvent>,
    is_over: bool,
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

impl Reading {
    /// As [`Reading::each_event`], of those that failed.
    pub(crate) fn each_failed(
        &self,
        filter: &Filter,
        mut request: PageRequest,
        limit: Option<usize>,
        mut each: impl FnMut(StoredEvent) -> Result<(), Failure>,
    ) -> Result<Option<Cursor>, Failure> {
        request.limit = limit.map_or(Ok(Limit::MAX), |limit| Limit::new(u64::try_from(limit).unwrap_or(1)))?;
        let stream = |filter| Stream { audit: &self.audit, filter, request, events: VecDeque::new(), is_over: false };
        let mut streams = [by_outcome(filter.clone()), by_decision(filter.clone())].map(stream);
        let mut n_left = limit.unwrap_or(usize::MAX);
        let mut last = None;
        loop {
            let [outcome, decision] = [streams[0].peek()?, streams[1].peek()?];
            let next = match request.order {
                Order::Oldest => outcome.into_iter().chain(decision).min(),
                Order::Newest => outcome.max(decision),
            };
            let Some(seq) = next else { return Ok(None) };
            if n_left == 0 {
                return Ok(last.map(|last| Cursor::after(request.order, last)));
            }
            let mut found = None;
            for stream in &mut streams {
                found = stream.events.pop_front_if(|event| event.seq == seq).or(found);
            }
            if let Some(event) = found {
                each(event)?;
            }
            n_left -= 1;
            last = Some(seq);
        }
    }

    /// How many of the events that fit failed.
    pub(crate) fn count_failed(&self, filter: &Filter) -> Result<u64, Failure> {
        let count = |filter| self.audit.count(&filter);
        let n_both = count(by_decision(by_outcome(filter.clone())))?;
        let n_outcome = count(by_outcome(filter.clone()))?;
        Ok((n_outcome + count(by_decision(filter.clone()))?).saturating_sub(n_both))
    }
}

fn by_outcome(mut filter: Filter) -> Filter {
    filter.outcomes = vec![Outcome::Failure, Outcome::Timeout, Outcome::Denied];
    filter
}

fn by_decision(mut filter: Filter) -> Filter {
    filter.decisions = vec![Decision::Deny];
    filter
}
