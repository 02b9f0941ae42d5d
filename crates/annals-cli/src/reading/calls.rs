//! One row a call, where the log has an event for its beginning and one for its end.
//!
//! A call stands where it ended: its outcome is the row, and its intent is left out when that row is in the same answer. Whether it is, is asked of the log for each intent,
//! by the index of operations, so that nothing has to be remembered, whatever the order, the page or the filter. An intent whose outcome is not in the answer has
//! a row of its own, with how the call ended where that is on record.
//!
//! The answer is about the log up to one place, its end when the first page was read: what is recorded meanwhile must not take an intent out of an answer in which its outcome
//! never came. From page to page the cursor carries that place.

use annals::{Column, Cursor, Filter, Limit, Order, Outcome, PageRequest, Phase, SeqRange, StoredEvent};

use super::Reading;
use super::source::{Source, Wanted};
use crate::failure::Failure;

/// A page is read with so many events for each row that is still wanted.
const EVENTS_A_ROW: usize = 2;
/// So many ends of one operation are looked at.
const MOST_ENDS: u64 = 16;

impl Reading {
    /// Gives at most so many rows to `each`. Answers the cursor where more may follow.
    pub(crate) fn each_call(
        &self,
        filter: &Filter,
        wanted: Wanted,
        mut request: PageRequest,
        mut each: impl FnMut(StoredEvent) -> Result<(), Failure>,
    ) -> Result<Option<Cursor>, Failure> {
        let end = self.end(&request)?;
        let filter = before(filter.clone(), end);
        let mut n_left = request.limit.get();
        let n_events = (n_left * EVENTS_A_ROW).min(Limit::MAX.get());
        request.limit = Limit::new(u64::try_from(n_events).unwrap_or(1))?;
        let mut source = Source::new(&self.audit, &filter, wanted, request);
        let mut last = None;
        let go_on = |last: Option<u64>| {
            let cursor = Cursor::after(request.order, last?);
            Some(if request.order == Order::Newest { cursor.ending_at(end) } else { cursor })
        };
        loop {
            // Whether a row follows is looked for among what was read, and no further.
            if n_left == 0 && source.is_dry() {
                return Ok(go_on(last));
            }
            let Some(event) = source.next()? else { return Ok(None) };
            let seq = event.seq;
            if let Some(row) = self.row(event, &filter, wanted)? {
                if n_left == 0 {
                    return Ok(go_on(last));
                }
                each(row)?;
                n_left -= 1;
            }
            last = Some(seq);
        }
    }

    /// Where the answer takes the log to end.
    fn end(&self, request: &PageRequest) -> Result<u64, Failure> {
        Ok(match request.cursor {
            // A row's own cursor does not know the end; what lies before that row was not seen by everybody who gives it.
            Some(cursor) if request.order == Order::Newest => cursor.end().unwrap_or(cursor.seq()),
            _ => self.audit.head()?.n_events,
        })
    }

    /// The row of an event: none for an intent whose outcome is in the answer too.
    fn row(&self, event: StoredEvent, filter: &Filter, wanted: Wanted) -> Result<Option<StoredEvent>, Failure> {
        let ends = self.ends(&event)?;
        if ends.iter().any(|end| wanted.fits(filter, end)) {
            return Ok(None);
        }
        // The newest comes first, and the first end is the one that counts.
        Ok(Some(match ends.last() {
            Some(end) => StoredEvent { outcome: end.outcome, duration_ms: end.duration_ms, ..event },
            None => event,
        }))
    }

    /// The outcomes of an intent.
    fn ends(&self, event: &StoredEvent) -> Result<Vec<StoredEvent>, Failure> {
        let operation = event.get(Column::OperationId).filter(|_| event.phase == Phase::Intent);
        let Some(operation) = operation else { return Ok(Vec::new()) };
        let mut filter = Filter::new().equals(Column::OperationId, operation).event_type(&event.event_type);
        filter.space = Some(event.space.clone());
        filter.outcomes = Outcome::ALL.to_vec();
        let request = PageRequest { order: Order::Newest, limit: Limit::new(MOST_ENDS)?, cursor: None };
        let mut ends = self.audit.query(&filter, &request)?.events;
        ends.retain(|end| end.phase == Phase::Outcome);
        Ok(ends)
    }
}

/// The filter within the log before a place.
fn before(mut filter: Filter, end: u64) -> Filter {
    let span = filter.seqs.unwrap_or(SeqRange::ALL);
    filter.seqs = Some(SeqRange { end: span.end.min(end), ..span });
    filter
}
