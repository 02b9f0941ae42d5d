//! What failed, timed out or was denied, as the statistics and the list of sessions count it.
//!
//! An event is among these by its outcome or by its decision, and a filter asks for both of what it names. So there are two answers of the store, brought together by
//! [`Source`]; an event that is in both counts once.

use annals::{Cursor, Decision, Filter, Limit, Outcome, PageRequest, StoredEvent};

use super::Reading;
use super::source::{Source, Wanted};
use crate::failure::Failure;

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
        let mut source = Source::new(&self.audit, filter, Wanted::Failed, request);
        let mut n_left = limit.unwrap_or(usize::MAX);
        let mut last = None;
        while let Some(event) = source.next()? {
            if n_left == 0 {
                return Ok(last.map(|last| Cursor::after(request.order, last)));
            }
            last = Some(event.seq);
            each(event)?;
            n_left -= 1;
        }
        Ok(None)
    }

    /// How many of the events that fit failed.
    pub(crate) fn count_failed(&self, filter: &Filter) -> Result<u64, Failure> {
        let count = |filter| self.audit.count(&filter);
        let n_both = count(by_decision(by_outcome(filter.clone())))?;
        let n_outcome = count(by_outcome(filter.clone()))?;
        Ok((n_outcome + count(by_decision(filter.clone()))?).saturating_sub(n_both))
    }
}

pub(super) fn by_outcome(mut filter: Filter) -> Filter {
    filter.outcomes = vec![Outcome::Failure, Outcome::Timeout, Outcome::Denied];
    filter
}

pub(super) fn by_decision(mut filter: Filter) -> Filter {
    filter.decisions = vec![Decision::Deny];
    filter
}
