//! Recording for a server without a journal of one's own: the event is left in a small file first, and then sent.
//!
//! The file comes first, so that an answer that gets lost makes no second event: whoever finds the file sends the same producer and the same number. Sending before leaving was
//! refused, since nobody could tell afterwards whether the event is there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_event::{EventId, PAYLOAD_FORMAT, ProducerId};
use annals_store::{Batch, Origin, Pending, Sheds, append_all};

use crate::audit::Core;
use crate::progress::Trouble;
use crate::{Error, ErrorKind, Receipt};

/// The pause after the first failure; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

impl Core {
    /// Leaves an event, and sends it until the deadline. What the server has not answered for by then stays left, which is no error; `health` says why.
    pub(super) fn leave_and_send(
        self: &Arc<Self>,
        id: EventId,
        payload: &[u8],
        deadline: Option<Instant>,
    ) -> Result<Receipt, Error> {
        let producer = self.leave_payload(payload)?;
        let events = [Pending { pseq: 0, payload }];
        let origin = Origin::Producer(producer);
        let batch = Batch { origin, events: &events, gaps: &[], sheds: Sheds::default(), credential: None };
        let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
        while deadline.is_none_or(|deadline| Instant::now() < deadline) {
            let sent = self.store.get().and_then(|store| append_all(&*store, &batch));
            let error = match sent {
                Ok(outcome) => {
                    self.remove_left(producer);
                    // One that has no number was put aside, now or when somebody else sent it.
                    let seq = outcome.appended.seqs.first().copied().flatten().ok_or_else(|| {
                        let message = "the server refused the event for itself; it is kept among its dead letters";
                        Error::new(ErrorKind::Rejected, message)
                    })?;
                    self.progress.wrote(seq);
                    return Ok(Receipt::durable(id, seq, Arc::clone(&self.progress), Arc::downgrade(self)));
                }
                Err(error) => Error::from(error),
            };
            self.progress.report(Trouble::of(&error));
            let is_late = deadline.is_some_and(|deadline| deadline < Instant::now() + pause);
            if !error.is_retryable() || is_late || self.patience_is_over(began) {
                break;
            }
            self.pause(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(Receipt::left(id))
    }

    /// Takes the file away whose event is durable. One that another process has meanwhile is that one's to take away.
    fn remove_left(&self, producer: ProducerId) {
        let Some(place) = &self.place else { return };
        let removed = annals_journal::adopt(&place.journals(), PAYLOAD_FORMAT).and_then(|listed| {
            listed.only(*producer.as_bytes()).next_orphan(&|_| true).map_or(Ok(()), |orphan| orphan?.remove())
        });
        if let Err(error) = removed {
            tracing::debug!("a file stays that the next process takes away: {error}");
        }
    }
}
