//! How far somebody wants an event to have come before it is answered: accepted, durable or sealed.

use std::time::Duration;

use annals::{EventId, Receipt, ReceiptState};
use serde_json::{Map, Value};

use crate::failure::{Code, Failure};

/// A rung of the ladder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) enum Rung {
    /// In the journal: survives the death of the server's process.
    #[default]
    Accepted,
    /// In the database, flushed: survives a loss of power.
    Durable,
    /// Under a signed checkpoint.
    Sealed,
}

impl Rung {
    /// The rungs from the lowest.
    pub(crate) const ALL: [Self; 3] = [Self::Accepted, Self::Durable, Self::Sealed];

    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Durable => "durable",
            Self::Sealed => "sealed",
        }
    }

    /// The rung of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.as_str() == name)
    }
}

/// How far an event has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reached {
    pub(crate) id: EventId,
    pub(crate) rung: Rung,
    /// Its place in the log, from `Durable` on.
    pub(crate) seq: Option<u64>,
}

impl Reached {
    /// An event that was accepted, as far as it has come without waiting.
    pub(crate) fn accepted(receipt: &Receipt) -> Self {
        Self { id: receipt.id(), rung: Rung::Accepted, seq: None }
    }

    /// The members `id`, `state` and, from durable on, `seq`.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("id".to_owned(), self.id.to_string().into());
        members.insert("state".to_owned(), self.rung.as_str().into());
        if let Some(seq) = self.seq {
            members.insert("seq".to_owned(), seq.into());
        }
        members
    }
}

/// Waits until the event has come as far as this, or so long. A wait that is over too early is a failure with the members of [`Reached`]: the event stays where it is.
pub(crate) async fn climb(receipt: &Receipt, wanted: Rung, timeout: Duration) -> Result<Reached, Failure> {
    let mut reached = Reached::accepted(receipt);
    if wanted == Rung::Accepted {
        return Ok(reached);
    }
    let deadline = tokio::time::Instant::now() + timeout;
    let durable = match tokio::time::timeout_at(deadline, receipt.wait_durable_async()).await {
        Ok(Ok(durable)) => durable,
        Ok(Err(error)) => return Err(stuck(error.into(), receipt, &reached)),
        Err(_) => return Err(stuck(late(wanted, timeout), receipt, &reached)),
    };
    reached = Reached { rung: Rung::Durable, seq: Some(durable.seq()), ..reached };
    if wanted == Rung::Durable {
        return Ok(reached);
    }
    match tokio::time::timeout_at(deadline, receipt.wait_sealed_async()).await {
        Ok(Ok(_)) => Ok(Reached { rung: Rung::Sealed, ..reached }),
        Ok(Err(error)) => Err(stuck(error.into(), receipt, &reached)),
        Err(_) => Err(stuck(late(wanted, timeout), receipt, &reached)),
    }
}

fn late(wanted: Rung, timeout: Duration) -> Failure {
    let message = format!(
        "the event is not {} after {} ms; it stays where it is, and goes on by itself",
        wanted.as_str(),
        timeout.as_millis()
    );
    Failure::new(Code::Timeout, message).with_hint("do not send it again; ask for it by its id")
}

/// A failure that says how far the event has come all the same. One that the database refused for itself is nowhere.
fn stuck(failure: Failure, receipt: &Receipt, reached: &Reached) -> Failure {
    let mut members = reached.members();
    if receipt.state() == ReceiptState::Rejected {
        members.insert("state".to_owned(), "rejected".into());
    }
    // Sent again it would be recorded twice.
    members.insert("retryable".to_owned(), false.into());
    failure.with_members(members)
}

/// The longest that somebody waits when nothing is said.
pub(crate) const DEFAULT_WAIT: Duration = Duration::from_secs(10);
