//! Halving, over a store that keeps only marks and refuses chosen events.

use std::collections::BTreeSet;
use std::sync::Mutex;

use annals_event::{EventId, Gap, GapReason, GapSpan, ProducerId, StoredEvent, Timestamp};

use super::append_all;
use crate::{
    Appended, Batch, Bucket, BucketWidth, Error, ErrorKind, EventStore, Filter, Head, LogId, Mark, OpenOperations,
    Origin, Page, PageRequest, Pending, Refused, SessionPage, Sheds,
};

const PRODUCER: ProducerId = ProducerId::from_bytes([7; 16]);

/// What a store was made to write, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Written {
    Event(u64),
    Gap(u64, u64),
    Shed(u64),
    Buried(u64, String),
}

/// Keeps the contract of `append` and `bury` for one producer, and nothing else.
#[derive(Default)]
struct Fake {
    refuses: BTreeSet<u64>,
    /// What the next call answers instead of doing anything.
    fails: Mutex<Option<ErrorKind>>,
    state: Mutex<(Mark, Vec<Written>)>,
    calls: Mutex<Vec<usize>>,
}

impl Fake {
    fn refusing(refuses: impl IntoIterator<Item = u64>) -> Self {
        Self { refuses: refuses.into_iter().collect(), ..Self::default() }
    }

    fn written(&self) -> Vec<Written> {
        self.state.lock().unwrap().1.clone()
    }

    /// Declares the gaps that the mark has come to.
    fn declare(mark: &mut Mark, gaps: &[Gap], written: &mut Vec<Written>) {
        for gap in gaps {
            let GapSpan::Range { first, last } = gap.span else { panic!("only ranges here") };
            if (first..=last).contains(&mark.next_pseq) {
                written.push(Written::Gap(mark.next_pseq, last));
                mark.next_pseq = last + 1;
            }
        }
    }
}

impl EventStore for Fake {
    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        self.calls.lock().unwrap().push(batch.events.len());
        if let Some(kind) = self.fails.lock().unwrap().take() {
            return Err(Error::new(kind, "as told"));
        }
        let mut state = self.state.lock().unwrap();
        let (mut mark, mut written) = state.clone();
        let mut appended = Appended::default();
        if batch.sheds.total > mark.n_shed {
            written.push(Written::Shed(batch.sheds.total - mark.n_shed));
            mark.n_shed = batch.sheds.total;
        }
        for event in batch.events {
            Self::declare(&mut mark, batch.gaps, &mut written);
            let new = match event.pseq.cmp(&mark.next_pseq) {
                std::cmp::Ordering::Less => None,
                std::cmp::Ordering::Equal => {
                    if self.refuses.contains(&event.pseq) {
                        return Err(Error::new(ErrorKind::RowRefused, format!("`{}` is refused", event.pseq)));
                    }
                    mark.next_pseq += 1;
                    written.push(Written::Event(event.pseq));
                    Some(event.pseq)
                }
                std::cmp::Ordering::Greater => {
                    return Err(Error::new(ErrorKind::Jump, format!("`{}` is next", mark.next_pseq)));
                }
            };
            appended.n_taken += 1;
            appended.seqs.push(new);
        }
        Self::declare(&mut mark, batch.gaps, &mut written);
        appended.n_gaps =
            written.iter().skip(state.1.len()).filter(|it| !matches!(it, Written::Event(_))).count() as u64;
        *state = (mark, written);
        Ok(appended)
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        let mut state = self.state.lock().unwrap();
        if refused.event.pseq < state.0.next_pseq {
            return Ok(None);
        }
        assert_eq!(refused.event.pseq, state.0.next_pseq, "buried out of order");
        state.0.next_pseq += 1;
        state.1.push(Written::Buried(refused.event.pseq, refused.reason.to_owned()));
        Ok(Some(0))
    }

    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        unreachable!()
    }
    fn end_operations(&self, _: OpenOperations) -> Result<u64, Error> {
        unreachable!()
    }
    fn end_sessions(&self, _: Timestamp) -> Result<u64, Error> {
        unreachable!()
    }
    fn mark(&self, _: ProducerId) -> Result<Mark, Error> {
        unreachable!()
    }
    fn head(&self) -> Result<Head, Error> {
        unreachable!()
    }
    fn query(&self, _: &Filter, _: &PageRequest) -> Result<Page, Error> {
        unreachable!()
    }
    fn get(&self, _: EventId) -> Result<Option<StoredEvent>, Error> {
        unreachable!()
    }
    fn ids_with_prefix(&self, _: &str, _: usize) -> Result<Vec<EventId>, Error> {
        unreachable!()
    }
    fn sessions_with_prefix(&self, _: &str, _: usize) -> Result<Vec<String>, Error> {
        unreachable!()
    }
    fn count(&self, _: &Filter) -> Result<u64, Error> {
        unreachable!()
    }
    fn sessions(&self, _: &Filter, _: &PageRequest) -> Result<SessionPage, Error> {
        unreachable!()
    }
    fn stats(&self, _: &Filter, _: BucketWidth) -> Result<Vec<Bucket>, Error> {
        unreachable!()
    }
    fn n_dead_letters(&self) -> Result<u64, Error> {
        unreachable!()
    }
    fn settle(&self) -> Result<(), Error> {
        unreachable!()
    }
    fn close(&self) -> Result<(), Error> {
        unreachable!()
    }
}

fn events(n: u64) -> Vec<Pending<'static>> {
    (0..n).map(|pseq| Pending { pseq, payload: b"bytes" }).collect()
}

fn gap(first: u64, last: u64) -> Gap {
    Gap {
        producer: PRODUCER,
        reason: GapReason::Damaged,
        span: GapSpan::Range { first, last },
        n_events: Some(last - first + 1),
    }
}

/// Appends as a writer does, coming again with what was not taken; the `pseq` of those put aside.
fn drain(store: &Fake, batch: &Batch<'_>) -> Vec<u64> {
    let mut buried = Vec::new();
    let mut rest = batch.events;
    loop {
        let outcome = append_all(store, &Batch { events: rest, ..batch.clone() }).unwrap();
        assert_eq!(outcome.appended.seqs.len(), outcome.appended.n_taken);
        buried.extend(outcome.buried);
        rest = &rest[outcome.appended.n_taken..];
        if rest.is_empty() {
            return buried;
        }
        assert!(outcome.appended.n_taken > 0, "nothing was taken and nothing was wrong");
    }
}

fn batch<'a>(events: &'a [Pending<'a>], gaps: &'a [Gap], n_shed: u64) -> Batch<'a> {
    Batch {
        origin: Origin::Producer(PRODUCER),
        events,
        gaps,
        sheds: Sheds { total: n_shed, after: None },
        credential: None,
    }
}

#[test]
fn a_batch_that_is_accepted_takes_one_call() {
    let store = Fake::default();
    let events = events(100);
    let outcome = append_all(&store, &batch(&events, &[], 0)).unwrap();
    assert_eq!((outcome.appended.n_taken, outcome.buried), (100, vec![]));
    assert_eq!(*store.calls.lock().unwrap(), [100]);
}

#[test]
fn each_refused_event_is_put_aside_alone_with_its_reason_and_in_order() {
    for refused in [vec![0], vec![99], vec![50], vec![0, 1, 2, 98, 99], (0..100).collect::<Vec<u64>>()] {
        let store = Fake::refusing(refused.clone());
        let events = events(100);
        assert_eq!(drain(&store, &batch(&events, &[], 0)), refused);
        let expected: Vec<Written> = (0..100)
            .map(|pseq| {
                if refused.contains(&pseq) {
                    Written::Buried(pseq, format!("`{pseq}` is refused"))
                } else {
                    Written::Event(pseq)
                }
            })
            .collect();
        assert_eq!(store.written(), expected);
    }
}

#[test]
fn finding_one_among_many_takes_few_calls() {
    let store = Fake::refusing([3_000]);
    let events = events(4_096);
    assert_eq!(drain(&store, &batch(&events, &[], 0)), [3_000]);
    let n_calls = store.calls.lock().unwrap().len();
    assert!(n_calls <= 100, "{n_calls} calls");
}

#[test]
fn a_gap_behind_the_refused_event_covers_nothing_before_its_time() {
    // 0 1 2 3 | 4..=9 lost | 10 11: the first half must not carry the mark past 2 and 3.
    let events: Vec<Pending<'_>> = [0, 1, 2, 3, 10, 11].map(|pseq| Pending { pseq, payload: b"bytes" }).into();
    for refused in [0, 1, 2, 3, 10, 11] {
        let store = Fake::refusing([refused]);
        assert_eq!(drain(&store, &batch(&events, &[gap(4, 9)], 0)), [refused]);
        let mut expected: Vec<Written> = events
            .iter()
            .map(|event| match event.pseq {
                pseq if pseq == refused => Written::Buried(pseq, format!("`{pseq}` is refused")),
                pseq => Written::Event(pseq),
            })
            .collect();
        expected.insert(4, Written::Gap(4, 9));
        assert_eq!(store.written(), expected, "{refused} refused");
    }
}

#[test]
fn drops_and_gaps_before_a_lone_refused_event_are_declared_and_counted() {
    let store = Fake::refusing([3]);
    let lone = [Pending { pseq: 3, payload: b"bytes" }];
    let outcome = append_all(&store, &batch(&lone, &[gap(0, 2)], 5)).unwrap();
    assert_eq!(store.written(), [Written::Shed(5), Written::Gap(0, 2), Written::Buried(3, "`3` is refused".into())]);
    assert_eq!(outcome.appended, Appended { n_taken: 1, seqs: vec![None], n_gaps: 3, buried: Vec::new() });
    assert_eq!(outcome.buried, [3]);
}

#[test]
fn any_other_error_goes_to_the_caller_as_it_is() {
    for kind in [ErrorKind::Busy, ErrorKind::StorageFull, ErrorKind::UnknownOutcome, ErrorKind::Closed] {
        let store = Fake::default();
        *store.fails.lock().unwrap() = Some(kind);
        let events = events(8);
        assert_eq!(append_all(&store, &batch(&events, &[], 0)).unwrap_err().kind(), kind);
        assert_eq!(store.written(), []);
        assert_eq!(drain(&store, &batch(&events, &[], 0)), [] as [u64; 0]);
    }
    let jump = [Pending { pseq: 4, payload: b"bytes" }];
    assert_eq!(append_all(&Fake::default(), &batch(&jump, &[], 0)).unwrap_err().kind(), ErrorKind::Jump);
}
