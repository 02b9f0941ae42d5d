//! One transaction of a backend's, as far as others have to know it: marks, rows, and the tables that follow them.

use annals_event::{Encoded, Event, Gap, GapReason, GapSpan, ProducerId, StoredEvent};

use super::EndingSessions;
use crate::{Error, ErrorKind, Mark};

/// The space of events that Annals writes of itself.
pub const OWN_SPACE: &str = "default";

/// A mark as it was read, and as it will be written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kept {
    /// The mark as it stands in the transaction.
    pub mark: Mark,
    /// Whether it has to be written.
    pub moved: bool,
    /// Who first used the producer, as far as that is known.
    pub credential: Option<String>,
}

/// Whose event a row is, and what is known of the process behind it.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The producer.
    pub producer: ProducerId,
    /// The bytes that the event was decoded from, where they outlast the row.
    pub payload: Option<&'a [u8]>,
    /// The process whose `begin()` opened or ended an operation.
    pub owner: Option<&'a ProducerId>,
}

/// The log, open for writing in one transaction under the database's write lock.
pub trait Ledger {
    /// The database's own producer.
    fn own_producer(&self) -> ProducerId;

    /// A producer's mark, read at its first use.
    fn kept(&mut self, producer: ProducerId) -> Result<&mut Kept, Error>;

    /// Writes one event of a producer with its `pseq`, and its leaf, and answers its `seq`. The caller moves the mark.
    fn put(&mut self, event: &Encoded<'_>, pseq: u64, author: Author<'_>) -> Result<u64, Error>;

    /// Writes an event that Annals makes itself, under the database's own producer, and answers its `seq`.
    fn put_own(&mut self, event: &Event, space: &str, credential: &str) -> Result<u64, Error>;

    /// The event with this `seq`, those of this transaction included.
    fn by_seq(&mut self, seq: u64) -> Result<Option<StoredEvent>, Error>;

    /// The intents of open operations of a session that nobody owns, before this `seq`, oldest first.
    fn operations_of(&mut self, space: &str, session: &str, before: u64, limit: usize) -> Result<Vec<u64>, Error>;

    /// Takes the operation that began with this row off the table.
    fn forget_operation(&mut self, seq: u64) -> Result<(), Error>;

    /// Takes the session that began with this row off the table.
    fn forget_session(&mut self, seq: u64) -> Result<(), Error>;

    /// How far this transaction has come with the sessions that end in it.
    fn ending(&mut self) -> &mut EndingSessions;

    /// A producer's mark as it stands in this transaction.
    fn mark(&mut self, producer: ProducerId) -> Result<Mark, Error> {
        Ok(self.kept(producer)?.mark)
    }

    /// Moves a producer's mark.
    fn set_mark(&mut self, producer: ProducerId, mark: Mark) -> Result<(), Error> {
        let kept = self.kept(producer)?;
        kept.mark = mark;
        kept.moved = true;
        Ok(())
    }

    /// Remembers who uses a producer, for one that was never seen before.
    fn introduce(&mut self, producer: ProducerId, credential: &str) -> Result<(), Error> {
        let kept = self.kept(producer)?;
        if kept.credential.is_none() && kept.mark.next_pseq == 0 && !credential.is_empty() {
            kept.credential = Some(credential.to_owned());
        }
        Ok(())
    }

    /// Binds a producer to this credential from its first row on, and refuses one that is another's.
    /// One whose user was erased is nobody's, and becomes the next one's.
    fn bind(&mut self, producer: ProducerId, credential: &str) -> Result<(), Error> {
        let kept = self.kept(producer)?;
        match &kept.credential {
            Some(known) if known != credential => Err(Error::new(
                ErrorKind::Foreign,
                format!(
                    "producer `{producer}` was first used by another credential (hint: send its events with the token that sent the first ones)"
                ),
            )),
            Some(_) => Ok(()),
            None => {
                kept.credential = Some(credential.to_owned());
                Ok(())
            }
        }
    }

    /// Writes an event under the database's own producer with that producer's next `pseq`.
    fn put_next_own(
        &mut self,
        event: &Encoded<'_>,
        payload: Option<&[u8]>,
        owner: Option<&ProducerId>,
    ) -> Result<u64, Error> {
        let producer = self.own_producer();
        let mark = self.mark(producer)?;
        let seq = self.put(event, mark.next_pseq, Author { producer, payload, owner })?;
        self.set_mark(producer, Mark { next_pseq: mark.next_pseq + 1, ..mark })?;
        Ok(seq)
    }

    /// Declares a loss.
    fn declare(&mut self, gap: &Gap) -> Result<u64, Error> {
        self.put_own(&gap.event(), OWN_SPACE, "")
    }

    /// Declares one refused event.
    fn declare_refused(&mut self, producer: ProducerId, pseq: u64) -> Result<u64, Error> {
        let span = GapSpan::Range { first: pseq, last: pseq };
        self.declare(&Gap { producer, reason: GapReason::DeadLetter, span, n_events: Some(1) })
    }
}

/// Reads an event back from its encoded form; one that cannot be read is refused for itself.
pub fn decode(payload: &[u8]) -> Result<Encoded<'_>, Error> {
    Encoded::decode(payload)
        .map_err(|error| Error::with_source(ErrorKind::RowRefused, format!("the event cannot be read: {error}"), error))
}
