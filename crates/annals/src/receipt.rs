//! A receipt: what a caller holds after `record`, to ask how far its event has come.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use annals_event::EventId;

use crate::audit::Core;
use crate::progress::{Fate, Progress, Stalled};
use crate::{Error, ErrorKind, identity};

/// How far an event has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ReceiptState {
    /// In the journal: survives the death of this process.
    Accepted,
    /// Committed and flushed: survives a loss of power.
    Durable,
    /// Under a signed checkpoint as well: nobody without the key can change it unnoticed.
    Sealed,
    /// Refused by the database for itself, kept among the dead letters and declared by a gap.
    Rejected,
    /// Dropped rather than waited with, and declared by a gap.
    Shed,
}

/// The promise that an event was taken. Cheap to keep, to clone and to drop; it never keeps the service alive.
#[derive(Clone, Debug)]
pub struct Receipt {
    id: EventId,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    /// Through the journal: the progress tells.
    Journal {
        pseq: u64,
        progress: Arc<Progress>,
        core: Weak<Core>,
    },
    /// Durable before the receipt was made.
    Durable {
        seq: u64,
        progress: Arc<Progress>,
        core: Weak<Core>,
    },
    /// In a journal that another process drains.
    Left,
    Shed,
}

/// The proof that an event is durable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Durable {
    id: EventId,
    seq: u64,
}

impl Durable {
    /// The event's id.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The event's place in the log, counted from 0 without holes.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

/// The proof that an event is under a signed checkpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sealed {
    durable: Durable,
    size: u64,
}

impl Sealed {
    /// The event's id.
    pub fn id(&self) -> EventId {
        self.durable.id
    }

    /// The event's place in the log, counted from 0 without holes.
    pub fn seq(&self) -> u64 {
        self.durable.seq
    }

    /// The size of a checkpoint that covers it.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Receipt {
    pub(crate) fn accepted(id: EventId, pseq: u64, progress: Arc<Progress>, core: Weak<Core>) -> Self {
        Self { id, way: Way::Journal { pseq, progress, core } }
    }

    pub(crate) fn durable(id: EventId, seq: u64, progress: Arc<Progress>, core: Weak<Core>) -> Self {
        Self { id, way: Way::Durable { seq, progress, core } }
    }

    pub(crate) fn left(id: EventId) -> Self {
        Self { id, way: Way::Left }
    }

    pub(crate) fn shed(id: EventId) -> Self {
        Self { id, way: Way::Shed }
    }

    /// The event's id, which is the same in the row.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The sequence number of an event that was durable before this receipt was made.
    pub(crate) fn seq(&self) -> Option<u64> {
        match &self.way {
            Way::Durable { seq, .. } => Some(*seq),
            _ => None,
        }
    }

    /// How far the event has come by now.
    pub fn state(&self) -> ReceiptState {
        match &self.way {
            Way::Durable { seq, progress, .. } => durable_or_sealed(progress, Some(*seq)),
            Way::Shed => ReceiptState::Shed,
            Way::Left => ReceiptState::Accepted,
            Way::Journal { pseq, progress, .. } => match progress.fate(*pseq) {
                None => ReceiptState::Accepted,
                Some(Fate::Durable(seq)) => durable_or_sealed(progress, seq),
                Some(Fate::Buried) => ReceiptState::Rejected,
            },
        }
    }

    /// Waits until the event is durable. An error of kind `Timeout` loses nothing: the event stays accepted.
    pub fn wait_durable(&self, timeout: Duration) -> Result<Durable, Error> {
        let Way::Journal { pseq, progress, core } = &self.way else { return self.settled() };
        if progress.durable() <= *pseq {
            if let Some(core) = core.upgrade() {
                core.hurry();
            }
            let deadline = identity::moment_in(timeout);
            progress.wait_below(pseq + 1, deadline).map_err(|stalled| explain(stalled, timeout))?;
        }
        self.settled()
    }

    /// The same for async code, on any executor, without a deadline of its own.
    pub fn wait_durable_async(&self) -> impl Future<Output = Result<Durable, Error>> + Send + Sync + use<> {
        WaitDurable { receipt: self.clone(), hurried: false }
    }

    /// Waits until the event is under a signed checkpoint, which is signed at once. An error of kind `Timeout` loses nothing.
    ///
    /// `NoKey` where the log's key is not here; then the event is durable and stays unsealed.
    pub fn wait_sealed(&self, timeout: Duration) -> Result<Sealed, Error> {
        let deadline = identity::moment_in(timeout);
        let durable = self.wait_durable(timeout)?;
        let (progress, core) = self.parts()?;
        if progress.sealed_size() <= durable.seq {
            core.upgrade().ok_or_else(Error::closed)?.want_seal(durable.seq + 1, deadline)?;
            progress.wait_sealed(durable.seq + 1, deadline).map_err(|stalled| explain_seal(stalled, timeout))?;
        }
        Ok(Sealed { durable, size: progress.sealed_size() })
    }

    /// The same for async code, on any executor, without a deadline of its own. In synchronous mode, where there is no thread to do it, the checkpoint is signed in the first poll.
    pub fn wait_sealed_async(&self) -> impl Future<Output = Result<Sealed, Error>> + Send + Sync + use<> {
        WaitSealed { durable: WaitDurable { receipt: self.clone(), hurried: false }, asked_for: None }
    }

    fn parts(&self) -> Result<(&Progress, &Weak<Core>), Error> {
        match &self.way {
            Way::Journal { progress, core, .. } | Way::Durable { progress, core, .. } => Ok((progress, core)),
            // Neither ever becomes durable here.
            Way::Left | Way::Shed => Err(Error::closed()),
        }
    }

    /// What became of an event that no longer waits.
    fn settled(&self) -> Result<Durable, Error> {
        let rejected = || {
            Error::new(
                ErrorKind::Rejected,
                "the database refused the event for itself; it is kept among the dead letters",
            )
        };
        match &self.way {
            Way::Durable { seq, .. } => Ok(Durable { id: self.id, seq: *seq }),
            Way::Shed => Err(Error::new(ErrorKind::Shed, "the event was dropped rather than waited with")),
            Way::Left => Err(Error::new(
                ErrorKind::Timeout,
                "the event was left in a journal of its own; it stays accepted, and the next process that records makes it durable",
            )),
            Way::Journal { pseq, progress, core } => match progress.fate(*pseq) {
                Some(Fate::Durable(Some(seq))) => Ok(Durable { id: self.id, seq }),
                // The number was let go, which happens to receipts kept for very long: the row knows it.
                Some(Fate::Durable(None)) => {
                    let core = core.upgrade().ok_or_else(Error::closed)?;
                    let row = core.store.get()?.get(self.id)?;
                    row.map(|row| Durable { id: self.id, seq: row.seq }).ok_or_else(rejected)
                }
                Some(Fate::Buried) => Err(rejected()),
                None => Err(explain(Stalled::Ended, Duration::ZERO)),
            },
        }
    }
}

/// The future of [`Receipt::wait_durable_async`].
struct WaitDurable {
    receipt: Receipt,
    hurried: bool,
}

impl Future for WaitDurable {
    type Output = Result<Durable, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Way::Journal { pseq, progress, core } = &self.receipt.way else {
            return Poll::Ready(self.receipt.settled());
        };
        match progress.poll_below(pseq + 1, context.waker()) {
            Some(Ok(())) => Poll::Ready(self.receipt.settled()),
            Some(Err(stalled)) => Poll::Ready(Err(explain(stalled, Duration::ZERO))),
            None => {
                if let Some(core) = core.upgrade().filter(|_| !self.hurried) {
                    core.hurry();
                    self.hurried = true;
                }
                Poll::Pending
            }
        }
    }
}

/// The future of [`Receipt::wait_sealed_async`].
struct WaitSealed {
    durable: WaitDurable,
    /// What became durable, once the checkpoint was asked for.
    asked_for: Option<Durable>,
}

impl Future for WaitSealed {
    type Output = Result<Sealed, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let durable = match self.asked_for {
            Some(durable) => durable,
            None => match Pin::new(&mut self.durable).poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(durable)) => {
                    let (progress, core) = self.durable.receipt.parts()?;
                    if progress.sealed_size() <= durable.seq {
                        core.upgrade().ok_or_else(Error::closed)?.want_seal(durable.seq + 1, Instant::now())?;
                    }
                    self.asked_for = Some(durable);
                    durable
                }
            },
        };
        let (progress, _) = self.durable.receipt.parts()?;
        match progress.poll_sealed(durable.seq + 1, context.waker()) {
            None => Poll::Pending,
            Some(Ok(())) => Poll::Ready(Ok(Sealed { durable, size: progress.sealed_size() })),
            Some(Err(stalled)) => Poll::Ready(Err(explain_seal(stalled, Duration::ZERO))),
        }
    }
}

/// How far a durable event has come.
fn durable_or_sealed(progress: &Progress, seq: Option<u64>) -> ReceiptState {
    if seq.is_some_and(|seq| seq < progress.sealed_size()) { ReceiptState::Sealed } else { ReceiptState::Durable }
}

/// Says why a wait for a checkpoint ended early.
fn explain_seal(stalled: Stalled, waited: Duration) -> Error {
    match stalled {
        Stalled::Deadline => Error::new(
            ErrorKind::Timeout,
            format!(
                "not sealed after {} ms; the event is durable (hint: `health` says what keeps the log from being sealed)",
                waited.as_millis()
            ),
        ),
        Stalled::Ended => Error::new(
            ErrorKind::Closed,
            "the service closed before the event was sealed; it is durable, and the next checkpoint seals it",
        ),
        Stalled::Hopeless(trouble) => Error::new(trouble.kind, trouble.message),
    }
}

/// Says why a wait for durability ended early.
pub(crate) fn explain(stalled: Stalled, waited: Duration) -> Error {
    match stalled {
        Stalled::Deadline => Error::new(
            ErrorKind::Timeout,
            format!(
                "not durable after {} ms; the event stays accepted (hint: `health` says what the writer waits for)",
                waited.as_millis()
            ),
        ),
        Stalled::Ended => Error::new(
            ErrorKind::Closed,
            "the service closed before the event was durable; it stays in the journal, and the next open makes it durable",
        ),
        Stalled::Hopeless(trouble) => Error::new(trouble.kind, trouble.message),
    }
}
