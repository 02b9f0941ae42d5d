//! The recorder: a thread that makes events of lines and offers them to the log.
//!
//! Nothing that happens here may reach the streams: an event that the log can't take is dropped, counted and declared by the log itself ([`Audit::offer`]); a panic costs
//! the line that it came from, and is told by an event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use annals::{Audit, ErrorKind, Event, EventId, Phase, Receipt, ReceiptState, Timestamp};
use annals_capture::Policy;
use annals_capture::mcp::{Conversation, Ending, Line, Side};

use super::queue::{Item, Queue, Verdict};
use crate::arguments::{Common, Wrap};
use crate::failure::{self, Failure};
use crate::{settings, surroundings};

/// What a client is told whose call was not passed on.
pub(super) const REASON: &str = "annals could not record this call, so it was not passed on";
/// How long the log may take to be opened before a server is started that is not to run without it.
const OPENING: Duration = Duration::from_secs(5);

/// What happens to a call that can't be recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OnLoss {
    /// It goes on.
    GoOn,
    /// It is refused.
    Refuse,
}

/// The recorder's handle.
pub(super) struct Recorder {
    queue: Arc<Queue>,
    is_over: Receiver<Option<Failure>>,
}

/// What the thread has.
struct Work {
    audit: Audit,
    conversation: Conversation,
    began: Instant,
    on_loss: OnLoss,
    /// A server keeps the log: what it has not answered for waits in the journal, and is sent by others.
    is_remote: bool,
}

impl Recorder {
    /// Records the beginning and starts the thread. An error says why nothing can be recorded.
    pub(super) fn start(
        common: &Common,
        wrap: &Wrap,
        command: &str,
        on_loss: OnLoss,
        began: Instant,
    ) -> Result<Self, Failure> {
        let mut settings = wrap.on_rollback.applied_to(settings::load_anywhere(common)?);
        settings::make_way(&settings)?;
        settings::types(&settings)?;
        settings = settings.record_timeout(Some(super::LAST_WORK)).close_timeout(super::LAST_WORK);
        let audit = Audit::with_settings(&settings)?;
        let here = std::env::current_dir().map_or_else(|_| surroundings::here(), |here| surroundings::find(&here));
        let policy = Policy {
            level: settings.capture_level(),
            max_details: settings.most_details(),
            redactor: settings.redactor(),
        };
        let conversation = Conversation::new(policy, here, fresh_id(), fresh_id);
        let queue = Queue::new();
        let (over, is_over) = channel();
        let (opened, is_open) = channel();
        let beginning = conversation.begin(command);
        let heard = Arc::clone(&queue);
        let mut work = Work { audit, conversation, began, on_loss, is_remote: settings.server_address().is_some() };
        // The first event makes the journal, which takes a disk's time; the server need not wait for it unless it must not run without.
        let thread = thread::Builder::new().name("wrap-recorder".to_owned()).spawn(move || {
            let receipt = work.audit.offer(beginning);
            let told = work.is_told(receipt, &opened);
            work.until_the_end(&heard);
            heard.close();
            let _ = over.send(work.close(told));
        });
        thread.map_err(|error| Failure::could_not(format!("could not start a thread: {error}")))?;
        if on_loss == OnLoss::Refuse {
            // A recorder that says nothing for so long is not one to rely on.
            match is_open.recv_timeout(OPENING + super::LAST_WORK) {
                Ok(None) => {}
                Ok(Some(failure)) => return Err(failure),
                Err(_) => return Err(Failure::could_not("the log could not be opened in time")),
            }
        }
        Ok(Self { queue, is_over })
    }

    /// Where the pumps put their lines.
    pub(super) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }

    /// Records the end and waits for it, so long at most. What is in the journal then stays there for the next process that records.
    pub(super) fn end(self, ending: Ending, at_most: Duration) {
        self.queue.push(Item::End { ending, at: Instant::now() });
        if let Ok(Some(failure)) = self.is_over.recv_timeout(at_most) {
            failure::note(&format!("nothing is recorded: {}", failure.message()));
        }
    }
}

impl Work {
    /// Says whether the log could be opened: to whoever waits for it, or on standard error. The answer is whether that was a failure.
    fn is_told(
        &self,
        receipt: Result<Receipt, annals::Error>,
        opened: &std::sync::mpsc::Sender<Option<Failure>>,
    ) -> bool {
        let opening = match (receipt, self.on_loss) {
            (Err(error), _) => Err(error),
            (Ok(_), OnLoss::GoOn) => Ok(()),
            (Ok(receipt), OnLoss::Refuse) => match receipt.wait_durable(OPENING) {
                // It is in the journal, and somebody else has the database.
                Err(error) if is_passing(error.kind()) => Ok(()),
                other => other.map(|_| ()),
            },
        };
        let failure = opening.err().map(Failure::from);
        let is_failure = failure.is_some();
        match (failure, self.on_loss) {
            (Some(failure), OnLoss::GoOn) => failure::note(&format!("nothing is recorded: {}", failure.message())),
            (failure, _) => {
                let _ = opened.send(failure);
            }
        }
        is_failure
    }

    fn until_the_end(&mut self, queue: &Queue) {
        while let Some(item) = queue.next() {
            let is_end = matches!(item, Item::End { .. });
            if catch_unwind(AssertUnwindSafe(|| self.take(item))).is_err() {
                self.offer(self.conversation.stumbled("a line could not be recorded"));
            }
            queue.done();
            if is_end {
                return;
            }
        }
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Line { side, line, at } => {
                let heard = self.conversation.hear(side, &line, at - self.began);
                for event in heard.events {
                    self.offer(event);
                }
            }
            Item::Ask { line, at, verdict } => {
                let _ = verdict.send(self.judge(&line, at - self.began));
            }
            Item::End { ending, at } => {
                for event in self.conversation.end(&ending, at - self.began) {
                    self.offer(event);
                }
            }
        }
    }

    /// Whether the log has the intents of this line.
    fn judge(&mut self, line: &Line, at: Duration) -> Verdict {
        let heard = self.conversation.hear(Side::Client, line, at);
        let mut is_kept = heard.is_message;
        for event in heard.events {
            let is_asked_for = event.phase_value() != Phase::Outcome;
            is_kept &= self.offer(event) || !is_asked_for;
        }
        if is_kept {
            return Verdict::PassOn;
        }
        for event in self.conversation.refuse(line, REASON, at) {
            self.offer(event);
        }
        Verdict::Refuse
    }

    /// Offers an event; whether the log has it.
    fn offer(&self, event: Event) -> bool {
        self.audit.offer(event).is_ok_and(|receipt| receipt.state() != ReceiptState::Shed)
    }

    /// Makes durable what can be, and says what is to be told on standard error.
    fn close(self, is_told: bool) -> Option<Failure> {
        match self.audit.close() {
            Err(error) if self.is_remote && error.is_retryable() => None,
            Err(error) if !is_told && !is_passing(error.kind()) => Some(Failure::from(error)),
            _ => None,
        }
    }
}

/// Whether the trouble may be over when the next process records, so that nothing is lost.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Busy
            | ErrorKind::Timeout
            | ErrorKind::Overloaded
            | ErrorKind::UnknownOutcome
            | ErrorKind::StorageFull
    )
}

/// A name for a session or an operation.
fn fresh_id() -> String {
    let random = getrandom::u64().unwrap_or_else(|_| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(Instant::now())
    });
    EventId::v7(Timestamp::from(std::time::SystemTime::now()), random).to_string()
}

#[cfg(test)]
mod tests;
