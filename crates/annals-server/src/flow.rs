//! Many events after one another, at the speed at which they become durable.
//!
//! A journal that is full refuses at once, and so must a server answer whoever sends one event. Whoever sends many waits here instead, for events of its own to become durable, and
//! goes on; and one that sends faster than that leaves room for everybody else.

use std::collections::VecDeque;
use std::time::Duration;

use annals::{ErrorKind, Event, Receipt};

use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// How many events lie between two that are looked at again.
const STEP: usize = 512;
/// How many steps may be on their way at once: 4 096 events, less than half of what a journal takes.
const MAX_STEPS: usize = 8;

/// One sender's events on their way.
pub(crate) struct Flow<'t> {
    trail: &'t Trail,
    /// The longest that nothing becomes durable.
    patience: Duration,
    /// The last event of each step that may still be on its way.
    steps: VecDeque<Receipt>,
    n_in_step: usize,
}

impl<'t> Flow<'t> {
    pub(crate) fn new(trail: &'t Trail, patience: Duration) -> Self {
        Self { trail, patience, steps: VecDeque::with_capacity(MAX_STEPS), n_in_step: 0 }
    }

    /// Takes the next event, which `read` makes of so many bytes of text, waiting for room where there is none. `Overloaded` where nothing became durable for too long.
    ///
    /// It is read again after a wait, since an event may be thirty times as large as its text: what waits for room must not take some itself.
    pub(crate) async fn take(
        &mut self,
        n_bytes: usize,
        read: impl Fn() -> Result<Event, Failure>,
    ) -> Result<Receipt, Failure> {
        if MAX_STEPS <= self.steps.len() {
            self.await_one().await?;
        }
        let receipt = loop {
            {
                let _turn = self.trail.app().limits.turn_to_read(n_bytes).await;
                match self.trail.try_accept(read()?) {
                    Ok(receipt) => break receipt,
                    Err(error) if error.kind() == ErrorKind::Overloaded => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.await_one().await?;
        };
        self.n_in_step += 1;
        if self.n_in_step == STEP {
            self.n_in_step = 0;
            self.steps.push_back(receipt.clone());
        }
        Ok(receipt)
    }

    /// Waits until the oldest step of this sender is durable or, where it has none, what others have sent by now.
    async fn await_one(&mut self) -> Result<(), Failure> {
        let waited = match self.steps.front() {
            Some(oldest) => {
                let durable = oldest.wait_durable_async();
                tokio::time::timeout(self.patience, async { durable.await.map(drop) }).await
            }
            None => tokio::time::timeout(self.patience, self.trail.flush()).await,
        };
        match waited {
            Ok(Ok(())) => {}
            // What one event met with is that event's; the sender goes on.
            Ok(Err(error)) if error.kind() == ErrorKind::Rejected => {}
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                let problem = format!("nothing became durable for {} ms", self.patience.as_millis());
                return Err(Failure::new(Code::Overloaded, problem));
            }
        }
        self.steps.pop_front();
        Ok(())
    }
}
