//! What another Annals sends: events that have their id, their time and their place already.
//!
//! They are checked like anybody's, and written before the answer: the sender gives up its own copy for it. What the rules or the database refuse is put aside and declared,
//! so that one event keeps no laptop from sending the others. The sender's marks make it harmless to be told the same again.

use annals_event::{
    Event, EventId, Gap, GapSpan, Invalid, ProducerId, Rules, Stamp, Timestamp, Types, encode, encode_forwarded,
    encode_own,
};
use annals_store::{
    Batch, ErrorKind as StoreErrorKind, EventStore, LogId, OpenOperations, Origin, Pending, Refused, Sheds, append_all,
};

use crate::audit::Core;
use crate::settings::Mode;
use crate::{Caller, Error};

/// What another Annals sends at once: events of one producer, `pseq` ascending, and what is lost of them.
#[derive(Clone, Debug)]
pub struct Forwarded {
    /// Whose events these are.
    pub producer: ProducerId,
    /// The events.
    pub events: Vec<ForwardedEvent>,
    /// The losses among them, ascending.
    pub gaps: Vec<Gap>,
    /// The drops of this producer.
    pub sheds: Sheds,
    /// The producer's process is gone: what it left open ends as unknown.
    pub ended: bool,
}

/// One event that another Annals sends.
#[derive(Clone, Debug)]
pub struct ForwardedEvent {
    /// Its place in its producer's count.
    pub pseq: u64,
    /// Its id.
    pub id: EventId,
    /// When it was recorded there.
    pub created_at: Timestamp,
    /// Whether it is an intent that its process answers for.
    pub begun: bool,
    /// How many secrets were taken out of it there.
    pub n_redacted: u32,
    /// The event, or why it is none.
    pub event: Result<Event, Invalid>,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reception {
    /// All of it is durable, or put aside.
    Taken(Received),
    /// Events are missing before those that were sent, and no gap declares them. Nothing behind them was written.
    Jump {
        /// The next number that is taken.
        expected_pseq: u64,
    },
}

/// How far the producer has come.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The next number that is taken.
    pub next_pseq: u64,
    /// The drops declared so far.
    pub n_shed: u64,
    /// For each event its `seq`; `None` where it was put aside, now or earlier.
    pub seqs: Vec<Option<u64>>,
    /// The numbers of those that were put aside now.
    pub buried: Vec<u64>,
    /// How many losses were declared.
    pub n_gaps: u64,
    /// How many operations were ended.
    pub n_ended: u64,
    /// The log.
    pub log: LogId,
    /// The newest `seq` of the log; `None` when it is empty.
    pub durable_seq: Option<u64>,
}

/// An event in its encoded form, or in a form for the dead letters with the reason.
type Encoded = Result<Vec<u8>, (Vec<u8>, String)>;

impl Core {
    /// See [`crate::Audit::receive`].
    pub(crate) fn receive(&self, batch: &Forwarded, caller: &Caller) -> Result<Reception, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        if self.settings.mode == Mode::ReadOnly {
            return Err(Error::read_only());
        }
        let encoded: Vec<Encoded> = batch.events.iter().map(|event| self.encode_for(event, caller)).collect();
        let store = self.store.get()?;
        let mut receiving =
            Receiving { store: &*store, batch, caller, seqs: Vec::new(), buried: Vec::new(), n_gaps: 0 };
        match receiving.take(&encoded) {
            Ok(()) => {}
            Err(error) if error.kind() == StoreErrorKind::Jump => {
                return Ok(Reception::Jump { expected_pseq: store.mark(batch.producer)?.next_pseq });
            }
            Err(error) => return Err(error.into()),
        }
        let Receiving { mut seqs, buried, n_gaps, .. } = receiving;
        // What was there already is answered as it was the first time.
        for (event, seq) in batch.events.iter().zip(&mut seqs).filter(|(_, seq)| seq.is_none()) {
            let is_it = |row: &annals_event::StoredEvent| row.producer == batch.producer && row.pseq == event.pseq;
            *seq = store.get(event.id)?.filter(is_it).map(|row| row.seq);
        }
        let n_ended = if batch.ended { store.end_operations(OpenOperations::OwnedBy(batch.producer))? } else { 0 };
        let mark = store.mark(batch.producer)?;
        let durable_seq = store.head()?.n_events.checked_sub(1);
        if let Some(seq) = durable_seq {
            self.progress.wrote_beside(seq);
        }
        self.seal_in_passing();
        Ok(Reception::Taken(Received {
            next_pseq: mark.next_pseq,
            n_shed: mark.n_shed,
            seqs,
            buried,
            n_gaps,
            n_ended,
            log: store.log_ids().0,
            durable_seq,
        }))
    }

    fn encode_for(&self, forwarded: &ForwardedEvent, caller: &Caller) -> Encoded {
        let ForwardedEvent { id, created_at, begun, n_redacted, .. } = *forwarded;
        let stamp = Stamp { id, created_at, space: caller.space(), credential: caller.credential(), begun };
        let mut bytes = Vec::new();
        let invalid = match &forwarded.event {
            Ok(event) => match encode_forwarded(event, &self.rules, &stamp, n_redacted, &mut bytes) {
                Ok(()) => return Ok(bytes),
                Err(invalid) => invalid,
            },
            Err(invalid) => invalid.clone(),
        };
        // As much of it is kept as any rules would take, without its secrets.
        let kept = forwarded.event.as_ref().ok().and_then(|event| {
            let types = Types::with([event.event_type()]).ok()?;
            let rules = Rules { types, redactor: self.rules.redactor.clone(), max_details: usize::MAX / 4 };
            encode(event, &rules, &stamp, &mut bytes).ok()
        });
        if kept.is_none() {
            encode_own(&Event::new("session.notified"), &stamp, &mut bytes);
        }
        Err((bytes, invalid.to_string()))
    }
}

/// A batch on its way into the log.
struct Receiving<'a> {
    store: &'a dyn EventStore,
    batch: &'a Forwarded,
    caller: &'a Caller,
    seqs: Vec<Option<u64>>,
    buried: Vec<u64>,
    n_gaps: u64,
}

impl Receiving<'_> {
    fn take(&mut self, encoded: &[Encoded]) -> Result<(), annals_store::Error> {
        let batch = self.batch;
        let mut good: Vec<Pending<'_>> = Vec::with_capacity(encoded.len());
        for (event, encoded) in batch.events.iter().zip(encoded) {
            match encoded {
                Ok(payload) => good.push(Pending { pseq: event.pseq, payload }),
                Err((payload, reason)) => {
                    self.append(&good, gaps_before(&batch.gaps, event.pseq))?;
                    good.clear();
                    let event = Pending { pseq: event.pseq, payload };
                    let credential = Some(self.caller.credential());
                    let origin = Origin::Producer(self.batch.producer);
                    let gap = self.store.bury(&Refused { origin, event, reason, credential })?;
                    self.n_gaps += u64::from(gap.is_some());
                    if gap.is_some() {
                        self.buried.push(event.pseq);
                    }
                    self.seqs.push(None);
                }
            }
        }
        self.append(&good, &batch.gaps)
    }

    /// Appends events and losses; without either it asks whether this caller may.
    fn append(&mut self, events: &[Pending<'_>], gaps: &[Gap]) -> Result<(), annals_store::Error> {
        let mut rest = events;
        loop {
            let origin = Origin::Producer(self.batch.producer);
            let credential = Some(self.caller.credential());
            let batch = Batch { origin, events: rest, gaps, sheds: self.batch.sheds, credential };
            let outcome = append_all(self.store, &batch)?;
            rest = &rest[outcome.appended.n_taken..];
            self.seqs.extend(outcome.appended.seqs);
            self.buried.extend(outcome.buried);
            self.n_gaps += outcome.appended.n_gaps;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }
}

/// The losses that have their place before this number.
fn gaps_before(gaps: &[Gap], pseq: u64) -> &[Gap] {
    let n_before = gaps.partition_point(|gap| match gap.span {
        GapSpan::Range { first, .. } | GapSpan::From { first } => first < pseq,
        GapSpan::After { .. } => true,
    });
    &gaps[..n_before]
}
