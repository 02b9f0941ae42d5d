//! The writing half: rows, marks and open operations.
//!
//! A change is prepared in a [`Draft`] and applied when nothing can go wrong any more, as a transaction is.

use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use annals_event::{
    Column, Encoded, EventId, Gap, GapReason, GapSpan, Outcome, Phase, ProducerId, Stamp, StoredEvent, Texts,
    Timestamp, encode_own,
};
use annals_store::{Appended, Batch, Error, ErrorKind, LogId, Mark, OpenOperations, Origin, Refused, Sheds};

/// All that a database would hold.
#[derive(Default)]
pub(super) struct Log {
    rows: Vec<StoredEvent>,
    ids: HashSet<EventId>,
    marks: HashMap<ProducerId, Mark>,
    /// Whose producer it is.
    users: HashMap<ProducerId, String>,
    own_pseq: u64,
    n_dead_letters: u64,
    open: Vec<OpenOperation>,
    /// The beginnings of the sessions that were ended here, by their `seq`.
    ended_sessions: HashSet<u64>,
    /// When the newest outcome of an operation was made, by space and id.
    ended: HashMap<(String, String), Timestamp>,
}

/// An intent without its outcome. Two spaces may use one operation id without knowing of each other.
struct OpenOperation {
    space: String,
    operation_id: String,
    seq: u64,
    owner: Option<ProducerId>,
}

/// The log's id and its own producer; a log in memory needs no random names.
pub(super) const ID: LogId = LogId::from_bytes([0x10; 16]);
const OWN: ProducerId = ProducerId::from_bytes([0xee; 16]);

/// Rows that are not in the log yet, with the begun-by of each.
struct Draft {
    rows: Vec<(StoredEvent, Option<ProducerId>)>,
    ids: HashSet<EventId>,
    first_seq: u64,
    recorded_at: Timestamp,
    own_pseq: u64,
    mark: Mark,
}

impl Log {
    pub(super) fn rows(&self) -> &[StoredEvent] {
        &self.rows
    }

    pub(super) fn n_dead_letters(&self) -> u64 {
        self.n_dead_letters
    }

    pub(super) fn mark(&self, producer: ProducerId) -> Mark {
        self.marks.get(&producer).copied().unwrap_or_default()
    }

    fn check_user(&self, origin: Origin, credential: Option<&str>) -> Result<(), Error> {
        let (Origin::Producer(producer), Some(credential)) = (origin, credential) else { return Ok(()) };
        match self.users.get(&producer) {
            Some(user) if user != credential => Err(Error::new(ErrorKind::Foreign, "the producer is another's")),
            _ => Ok(()),
        }
    }

    /// The first who moved a mark is its user.
    fn keep_user(&mut self, origin: Origin, credential: &str) {
        if let Origin::Producer(producer) = origin
            && self.mark(producer) != Mark::default()
        {
            self.users.entry(producer).or_insert_with(|| credential.to_owned());
        }
    }

    pub(super) fn append(&mut self, batch: &Batch<'_>) -> Result<Appended, Error> {
        self.check_user(batch.origin, batch.credential)?;
        let mut draft = self.draft(batch.origin);
        let mut appended = Appended::default();
        if let Origin::Producer(producer) = batch.origin {
            appended.n_gaps += draft.declare_sheds(producer, batch.sheds);
        }
        for event in batch.events {
            let (producer, pseq, owner) = match batch.origin {
                Origin::Own { owner } => (OWN, draft.take_own_pseq(), owner),
                Origin::Producer(producer) => {
                    appended.n_gaps += draft.declare_gaps(batch.gaps);
                    if event.pseq < draft.mark.next_pseq {
                        appended.seqs.push(None);
                        continue;
                    }
                    draft.expect(event.pseq)?;
                    draft.mark.next_pseq += 1;
                    (producer, event.pseq, Some(producer))
                }
            };
            let encoded = decoded(event.payload)?;
            if self.ids.contains(&encoded.id()) || draft.ids.contains(&encoded.id()) {
                return Err(Error::new(ErrorKind::RowRefused, format!("the id `{}` is there already", encoded.id())));
            }
            appended.seqs.push(Some(draft.push(&encoded, producer, pseq, owner.filter(|_| encoded.begun()))));
            if encoded.event_type() == "session.ended" && encoded.phase() != Phase::Intent {
                self.end_session(&mut draft, &encoded);
            }
        }
        if matches!(batch.origin, Origin::Producer(_)) {
            appended.n_gaps += draft.declare_gaps(batch.gaps);
            if let Some(first) =
                batch.gaps.iter().find_map(|gap| first_of(gap).filter(|first| *first > draft.mark.next_pseq))
            {
                draft.expect(first)?;
            }
        }
        appended.n_taken = batch.events.len();
        self.apply(batch.origin, draft);
        let first = batch.events.first().map(|event| decoded(event.payload)).transpose()?;
        if let Some(credential) = batch.credential.or(first.as_ref().map(Encoded::credential)) {
            self.keep_user(batch.origin, credential);
        }
        Ok(appended)
    }

    pub(super) fn bury(&mut self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        self.check_user(refused.origin, refused.credential)?;
        let mut draft = self.draft(refused.origin);
        let gap = match refused.origin {
            Origin::Producer(_) if refused.event.pseq < draft.mark.next_pseq => return Ok(None),
            Origin::Producer(producer) => {
                draft.expect(refused.event.pseq)?;
                draft.mark.next_pseq += 1;
                dead_letter(producer, refused.event.pseq)
            }
            Origin::Own { .. } => dead_letter(OWN, draft.take_own_pseq()),
        };
        let seq = draft.push_gap(&gap);
        self.n_dead_letters += 1;
        self.apply(refused.origin, draft);
        if let Some(credential) = refused.credential {
            self.keep_user(refused.origin, credential);
        }
        Ok(Some(seq))
    }

    pub(super) fn end_operations(&mut self, which: OpenOperations) -> u64 {
        let mut draft = self.draft(Origin::Own { owner: None });
        for open in &self.open {
            let intent = &self.rows[usize::try_from(open.seq).expect("a row in memory has a small number")];
            let ends = match which {
                OpenOperations::OwnedBy(owner) => open.owner == Some(owner),
                OpenOperations::UnownedBefore(moment) => open.owner.is_none() && intent.recorded_at < moment,
            };
            if ends {
                draft.push_unknown(intent);
            }
        }
        let n_ended = draft.rows.len() as u64;
        self.apply(Origin::Own { owner: None }, draft);
        n_ended
    }

    pub(super) fn end_sessions(&mut self, silent_since: Timestamp) -> u64 {
        let mut draft = self.draft(Origin::Own { owner: None });
        let open: Vec<StoredEvent> =
            self.open_sessions().into_iter().filter(|created| !self.ended_sessions.contains(&created.seq)).collect();
        for created in open {
            let heard_of = self.rows.iter().rev().find(|row| {
                row.space == created.space
                    && row.get(Column::SessionId) == created.get(Column::SessionId)
                    && row.outcome != Some(Outcome::Unknown)
            });
            if heard_of.is_some_and(|newest| newest.recorded_at < silent_since) {
                self.push_session_end(&mut draft, &created);
                self.ended_sessions.insert(created.seq);
            }
        }
        let n_ended = draft.rows.iter().filter(|(row, _)| row.event_type == "session.ended").count() as u64;
        self.apply(Origin::Own { owner: None }, draft);
        n_ended
    }

    /// The newest beginning of each session that has not ended, found by a walk over the log.
    fn open_sessions(&self) -> Vec<StoredEvent> {
        let mut open: Vec<&StoredEvent> = Vec::new();
        let is_same = |one: &StoredEvent, other: &StoredEvent| {
            one.space == other.space && one.get(Column::SessionId) == other.get(Column::SessionId)
        };
        for (n, row) in self.rows.iter().enumerate() {
            if row.phase == Phase::Intent || row.get(Column::SessionId).is_none() {
                continue;
            }
            match row.event_type.as_str() {
                "session.created" => {
                    let was_overtaken = self.rows[..n].iter().any(|end| {
                        end.event_type == "session.ended"
                            && end.phase != Phase::Intent
                            && is_same(end, row)
                            && end.created_at >= row.created_at
                    });
                    if !was_overtaken {
                        open.retain(|other| !is_same(other, row));
                        open.push(row);
                    }
                }
                "session.ended" => open.retain(|other| !is_same(other, row) || row.created_at < other.created_at),
                _ => {}
            }
        }
        open.into_iter().cloned().collect()
    }

    fn push_session_end(&self, draft: &mut Draft, created: &StoredEvent) {
        let kept = |column: &Column| {
            matches!(column.group(), annals_event::Group::Who)
                || matches!(
                    column,
                    Column::ProjectName | Column::PlanId | Column::RootPlanId | Column::SessionId | Column::Host
                )
        };
        let texts = created.texts.iter().filter(|(column, _)| kept(column));
        let event = texts
            .fold(annals_event::Event::new("session.ended").outcome(Outcome::Unknown), |event, (column, text)| {
                event.text(column, text)
            });
        let payload = draft.own_payload(&event, &created.space, created.credential.as_deref().unwrap_or_default());
        let pseq = draft.take_own_pseq();
        let encoded = Encoded::decode(&payload).expect("what was encoded here can be decoded");
        draft.push(&encoded, OWN, pseq, None);
        self.end_session(draft, &encoded);
    }

    /// Ends what nobody owns of a session, whether its intent is in the log or in the draft.
    fn end_session(&self, draft: &mut Draft, ended: &Encoded<'_>) {
        let Some(session_id) = ended.get(Column::SessionId) else { return };
        let in_log = self.open.iter().filter(|open| open.owner.is_none()).map(|open| {
            let seq = usize::try_from(open.seq).expect("a row in memory has a small number");
            &self.rows[seq]
        });
        let in_draft =
            draft.rows.iter().filter(|(row, owner)| owner.is_none() && !self.was_overtaken(row)).map(|(row, _)| row);
        let intents: Vec<StoredEvent> = in_log
            .chain(in_draft)
            .filter(|row| row.phase == Phase::Intent && row.space == ended.space())
            .filter(|row| row.get(Column::SessionId) == Some(session_id) && !draft.has_outcome(row))
            .cloned()
            .collect();
        for intent in &intents {
            draft.push_unknown(intent);
        }
    }

    /// Whether the log has the outcome of this intent already: one that was made no earlier.
    fn was_overtaken(&self, intent: &StoredEvent) -> bool {
        let Some(operation_id) = intent.get(Column::OperationId) else { return false };
        let ended = self.ended.get(&(intent.space.clone(), operation_id.to_owned()));
        ended.is_some_and(|at| *at >= intent.created_at)
    }

    fn draft(&self, origin: Origin) -> Draft {
        let newest = self.rows.last().map_or(Timestamp::from_nanos(0), |row| row.recorded_at);
        Draft {
            rows: Vec::new(),
            ids: HashSet::new(),
            first_seq: self.rows.len() as u64,
            recorded_at: newest.max(Timestamp::from(SystemTime::now())),
            own_pseq: self.own_pseq,
            mark: match origin {
                Origin::Producer(producer) => self.mark(producer),
                Origin::Own { .. } => Mark::default(),
            },
        }
    }

    fn apply(&mut self, origin: Origin, draft: Draft) {
        if let Origin::Producer(producer) = origin {
            self.marks.insert(producer, draft.mark);
        }
        self.own_pseq = draft.own_pseq;
        for (row, owner) in draft.rows {
            if let Some(operation_id) = row.get(Column::OperationId).map(str::to_owned) {
                match row.phase {
                    Phase::Intent => {
                        let is_open =
                            self.open.iter().any(|open| open.operation_id == operation_id && open.space == row.space);
                        if !is_open && !self.was_overtaken(&row) {
                            let space = row.space.clone();
                            self.open.push(OpenOperation { space, operation_id, seq: row.seq, owner });
                        }
                    }
                    Phase::Outcome => {
                        let newest = self.ended.entry((row.space.clone(), operation_id.clone()));
                        newest.and_modify(|at| *at = row.created_at.max(*at)).or_insert(row.created_at);
                        self.open.retain(|open| open.operation_id != operation_id || open.space != row.space);
                    }
                    _ => {}
                }
            }
            self.rows.push(row);
        }
        self.ids.extend(draft.ids);
    }
}

impl Draft {
    /// The next event of the batch's producer must be this one.
    fn expect(&self, pseq: u64) -> Result<(), Error> {
        let next_pseq = self.mark.next_pseq;
        if pseq == next_pseq {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Jump,
            format!("`pseq` {pseq} is a jump: {next_pseq} is expected (hint: declare a gap for what is lost)"),
        ))
    }

    fn has_outcome(&self, intent: &StoredEvent) -> bool {
        let operation = |row: &StoredEvent| row.get(Column::OperationId).map(str::to_owned);
        let is_its_outcome = |row: &StoredEvent| {
            row.phase == Phase::Outcome
                && row.space == intent.space
                && operation(row) == operation(intent)
                && (row.seq > intent.seq || row.created_at >= intent.created_at)
        };
        self.rows.iter().any(|(row, _)| is_its_outcome(row))
    }

    fn take_own_pseq(&mut self) -> u64 {
        self.own_pseq += 1;
        self.own_pseq - 1
    }

    fn declare_sheds(&mut self, producer: ProducerId, sheds: Sheds) -> u64 {
        let Some(n_new) = sheds.total.checked_sub(self.mark.n_shed).filter(|n_new| *n_new > 0) else { return 0 };
        self.mark.n_shed = sheds.total;
        let span = GapSpan::After { pseq: sheds.after };
        self.push_gap(&Gap { producer, reason: GapReason::Shed, span, n_events: Some(n_new) });
        1
    }

    /// Declares the gaps that the mark has come to, from the mark on.
    fn declare_gaps(&mut self, gaps: &[Gap]) -> u64 {
        let mut n_gaps = 0;
        for gap in gaps {
            let next = self.mark.next_pseq;
            let declared = match gap.span {
                GapSpan::Range { first, last } if first <= next && next <= last => {
                    self.mark.next_pseq = last + 1;
                    Gap { span: GapSpan::Range { first: next, last }, n_events: Some(last - next + 1), ..gap.clone() }
                }
                GapSpan::From { first } if first == next => {
                    self.mark.next_pseq = first + 1;
                    gap.clone()
                }
                _ => continue,
            };
            self.push_gap(&declared);
            n_gaps += 1;
        }
        n_gaps
    }

    fn push_gap(&mut self, gap: &Gap) -> u64 {
        let payload = self.own_payload(&gap.event(), "default", "");
        let pseq = self.take_own_pseq();
        let encoded = Encoded::decode(&payload).expect("what was encoded here can be decoded");
        self.push(&encoded, OWN, pseq, None)
    }

    fn push_unknown(&mut self, intent: &StoredEvent) {
        let mut event = annals_event::Event::new(&intent.event_type).phase(Phase::Outcome).outcome(Outcome::Unknown);
        for (column, text) in intent.texts.iter() {
            event = event.text(column, text);
        }
        let payload = self.own_payload(&event, &intent.space, intent.credential.as_deref().unwrap_or_default());
        let pseq = self.take_own_pseq();
        let encoded = Encoded::decode(&payload).expect("what was encoded here can be decoded");
        self.push(&encoded, OWN, pseq, None);
    }

    fn own_payload(&self, event: &annals_event::Event, space: &str, credential: &str) -> Vec<u8> {
        let mut payload = Vec::new();
        // The own count makes the id unique in this log.
        let id = EventId::v7(self.recorded_at, self.own_pseq);
        encode_own(event, &Stamp { id, created_at: self.recorded_at, space, credential, begun: false }, &mut payload);
        payload
    }

    fn push(&mut self, encoded: &Encoded<'_>, producer: ProducerId, pseq: u64, owner: Option<ProducerId>) -> u64 {
        let seq = self.first_seq + self.rows.len() as u64;
        let texts: Texts = Column::ALL.iter().filter_map(|column| Some((*column, encoded.get(*column)?))).collect();
        let row = StoredEvent {
            seq,
            id: encoded.id(),
            event_type: encoded.event_type().to_owned(),
            created_at: encoded.created_at(),
            recorded_at: self.recorded_at,
            occurred_at: encoded.occurred_at(),
            space: encoded.space().to_owned(),
            credential: Some(encoded.credential().to_owned()),
            producer,
            pseq,
            phase: encoded.phase(),
            outcome: encoded.outcome(),
            duration_ms: encoded.duration_ms(),
            n_redacted: encoded.n_redacted(),
            texts,
            details: encoded.details().map(str::to_owned),
            erased_by: None,
        };
        self.ids.insert(row.id);
        self.rows.push((row, owner));
        seq
    }
}

fn first_of(gap: &Gap) -> Option<u64> {
    match gap.span {
        GapSpan::Range { first, .. } | GapSpan::From { first } => Some(first),
        GapSpan::After { .. } => None,
    }
}

fn dead_letter(producer: ProducerId, pseq: u64) -> Gap {
    Gap { producer, reason: GapReason::DeadLetter, span: GapSpan::Range { first: pseq, last: pseq }, n_events: Some(1) }
}

fn decoded(payload: &[u8]) -> Result<Encoded<'_>, Error> {
    Encoded::decode(payload)
        .map_err(|error| Error::with_source(ErrorKind::RowRefused, "an event cannot be read", error))
}
