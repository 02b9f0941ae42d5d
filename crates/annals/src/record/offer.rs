//! Offering: for a caller who must go on whatever happens, such as a pass-through between an agent and its server.
//!
//! What cannot be taken at once is dropped and counted, on disk as far as the journal's file can still be written, and declared by a gap once the database takes something.
//! Waiting for a moment was refused: callers of this kind sit in somebody else's way, and there is no moment that is short enough for all of them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use annals_event::{Event, Phase};
use annals_journal::ErrorKind as JournalError;

use super::{Intent, shed};
use crate::audit::{Core, Route};
use crate::{Error, Receipt};

impl Core {
    /// See [`crate::Audit::offer`].
    pub(crate) fn offer(self: &Arc<Self>, event: Event) -> Result<Receipt, Error> {
        self.try_offer(&event).map_err(|error| error.giving_back(event))
    }

    fn try_offer(self: &Arc<Self>, event: &Event) -> Result<Receipt, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        let intent = if event.phase_value() == Phase::Intent { Intent::Begun } else { Intent::None };
        if self.known_route().is_none() {
            // A bad event must not be the one that makes files.
            self.encoded(event, intent, |_, _| Ok(()))?;
        }
        if intent == Intent::Begun {
            self.has_begun.store(true, Ordering::Relaxed);
        }
        let route = self.route()?;
        self.encoded(event, intent, |id, payload| match route {
            // One attempt and no queue before it. There is no journal that could count what is dropped, so that a failure is told.
            Route::Direct { .. } => self.write_payload(id, payload, intent, Some(Instant::now())),
            Route::Journal(journal) => match journal.try_append(payload) {
                Ok(pseq) => Ok(Receipt::accepted(id, pseq, Arc::clone(&self.progress), Arc::downgrade(self))),
                Err(error) => match error.kind() {
                    JournalError::Full | JournalError::StorageFull | JournalError::Refused | JournalError::Io => {
                        Ok(shed(journal, id))
                    }
                    _ => Err(self.explain_refusal(error)),
                },
            },
        })
    }
}
