//! Making events and handing them in, as a writer does.

use annals_event::{Event, EventId, Gap, GapReason, GapSpan, ProducerId, Stamp, StoredEvent, Timestamp, encode_own};

use crate::{Batch, EventStore, Filter, Limit, Order, Origin, PageRequest, Pending, Sheds, append_all};

/// When the first event of a test was created.
const BEGINNING: i64 = 1_700_000_000_000_000_000;

/// A producer by a small number.
pub(super) fn producer(number: u8) -> ProducerId {
    ProducerId::from_bytes([number; 16])
}

/// When the event of this number was created: a millisecond apart, so that ids differ in what is printed first.
pub(super) fn created_at(number: u64) -> Timestamp {
    let millis = i64::try_from(number).expect("a test has few events");
    Timestamp::from_nanos(BEGINNING + millis * 1_000_000)
}

/// The id of the event of this number.
pub(super) fn id(number: u64) -> EventId {
    // An odd factor spreads the numbers over the random bits, one to one.
    EventId::v7(created_at(number), number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 2)
}

/// An event encoded under the id of this number, which no two events of a test may share but by intent.
pub(super) fn payload(number: u64, event: &Event) -> Vec<u8> {
    encoded(number, event, "default", false)
}

/// The same for an intent made by `begin()`.
pub(super) fn begun(number: u64, event: &Event) -> Vec<u8> {
    encoded(number, event, "default", true)
}

/// The same in another space.
pub(super) fn in_space(space: &str, number: u64, event: &Event) -> Vec<u8> {
    encoded(number, event, space, false)
}

fn encoded(number: u64, event: &Event, space: &str, begun: bool) -> Vec<u8> {
    let stamp = Stamp { id: id(number), created_at: created_at(number), space, credential: "uid:1000", begun };
    let mut bytes = Vec::new();
    encode_own(event, &stamp, &mut bytes);
    bytes
}

/// Plain events of these numbers.
pub(super) fn plain(numbers: impl IntoIterator<Item = u64>) -> Vec<Vec<u8>> {
    numbers.into_iter().map(|number| payload(number, &Event::new("tool.invoked").tool("search"))).collect()
}

/// Payloads under successive `pseq`.
pub(super) fn pending(first_pseq: u64, payloads: &[Vec<u8>]) -> Vec<Pending<'_>> {
    (first_pseq..).zip(payloads).map(|(pseq, payload)| Pending { pseq, payload }).collect()
}

/// A batch of one producer without losses.
pub(super) fn of<'a>(producer: ProducerId, events: &'a [Pending<'a>]) -> Batch<'a> {
    Batch { origin: Origin::Producer(producer), events, gaps: &[], sheds: Sheds::default(), credential: None }
}

/// A batch through no journal.
pub(super) fn own<'a>(events: &'a [Pending<'a>]) -> Batch<'a> {
    Batch { origin: Origin::Own { owner: None }, events, gaps: &[], sheds: Sheds::default(), credential: None }
}

/// A damaged range.
pub(super) fn damage(producer: ProducerId, first: u64, last: u64) -> Gap {
    Gap { producer, reason: GapReason::Damaged, span: GapSpan::Range { first, last }, n_events: Some(last - first + 1) }
}

/// What became of a whole batch.
#[derive(Default, Debug)]
pub(super) struct Written {
    pub(super) seqs: Vec<Option<u64>>,
    pub(super) n_gaps: u64,
    pub(super) buried: Vec<u64>,
}

/// Hands a batch in until all of it is taken.
#[track_caller]
pub(super) fn drain(store: &dyn EventStore, batch: &Batch<'_>) -> Written {
    let mut written = Written::default();
    let mut rest = batch.clone();
    loop {
        let outcome = append_all(store, &rest).expect("the batch is appended");
        let appended = outcome.appended;
        assert_eq!(appended.seqs.len(), appended.n_taken, "one answer for each event taken");
        written.seqs.extend(appended.seqs);
        written.n_gaps += appended.n_gaps;
        written.buried.extend(outcome.buried);
        rest.events = &rest.events[appended.n_taken..];
        if rest.events.is_empty() {
            return written;
        }
        assert!(appended.n_taken > 0, "`append` took nothing and said nothing");
    }
}

/// Hands in events of a producer that must all be new.
#[track_caller]
pub(super) fn send(store: &dyn EventStore, producer: ProducerId, first_pseq: u64, payloads: &[Vec<u8>]) -> Vec<u64> {
    let written = drain(store, &of(producer, &pending(first_pseq, payloads)));
    written.seqs.into_iter().map(|seq| seq.expect("the event is new")).collect()
}

/// Hands in events through no journal.
#[track_caller]
pub(super) fn send_own(store: &dyn EventStore, payloads: &[Vec<u8>]) -> Vec<u64> {
    let written = drain(store, &own(&pending(0, payloads)));
    written.seqs.into_iter().map(|seq| seq.expect("the event is new")).collect()
}

/// Everything that fits, oldest first, page by page.
#[track_caller]
pub(super) fn all(store: &dyn EventStore, filter: &Filter) -> Vec<StoredEvent> {
    pages(store, filter, Order::Oldest, Limit::MAX)
}

/// The whole log, oldest first.
#[track_caller]
pub(super) fn rows(store: &dyn EventStore) -> Vec<StoredEvent> {
    all(store, &Filter::new())
}

/// Everything that fits, in pages of this size.
#[track_caller]
pub(super) fn pages(store: &dyn EventStore, filter: &Filter, order: Order, limit: Limit) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    let mut request = PageRequest { order, limit, cursor: None };
    loop {
        let page = store.query(filter, &request).expect("the page is read");
        assert!(page.events.len() <= limit.get(), "a page holds at most its limit");
        events.extend(page.events);
        let Some(cursor) = page.cursor else { return events };
        assert!(Some(cursor) != request.cursor, "a page's cursor goes on");
        request.cursor = Some(cursor);
    }
}

/// The gaps that the log declares, in order, each with its `seq`.
#[track_caller]
pub(super) fn gaps(store: &dyn EventStore) -> Vec<(u64, Gap)> {
    all(store, &Filter::new().event_type(Gap::EVENT_TYPE))
        .into_iter()
        .map(|row| {
            (row.seq, Gap::from_details(row.details.as_deref().expect("a gap has details")).expect("a gap is readable"))
        })
        .collect()
}
