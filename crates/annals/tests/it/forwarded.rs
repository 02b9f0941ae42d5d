//! What another Annals sends, told twice, by others, with holes and with events that the rules refuse.

use annals::store::Sheds;
use annals::{
    Audit, Caller, ErrorKind, Event, EventId, Filter, Forwarded, ForwardedEvent, Gap, GapReason, GapSpan, Invalid,
    InvalidKind, Order, PageRequest, Phase, ProducerId, Received, Reception, StoredEvent, Timestamp, json,
};

const PRODUCER: ProducerId = ProducerId::from_bytes([9; 16]);

fn sent(pseq: u64, event: Event) -> ForwardedEvent {
    let created_at = Timestamp::from_nanos(1_700_000_000_000_000_000 + i64::try_from(pseq).unwrap());
    ForwardedEvent {
        pseq,
        id: EventId::v7(created_at, pseq),
        created_at,
        begun: false,
        n_redacted: 0,
        event: Ok(event),
    }
}

fn plain(numbers: std::ops::Range<u64>) -> Forwarded {
    let events = numbers.map(|pseq| sent(pseq, Event::new("tool.invoked").tool(format!("t{pseq}")))).collect();
    Forwarded { producer: PRODUCER, events, gaps: Vec::new(), sheds: Sheds::default(), ended: false }
}

fn caller(name: &str) -> Caller {
    Caller::new("team", name).unwrap()
}

#[track_caller]
fn taken(audit: &Audit, batch: &Forwarded, by: &str) -> Received {
    match audit.receive(batch, &caller(by)).unwrap() {
        Reception::Taken(received) => received,
        other => panic!("{other:?}"),
    }
}

fn rows(audit: &Audit) -> Vec<StoredEvent> {
    let request = PageRequest { order: Order::Oldest, ..PageRequest::default() };
    audit.query(&Filter::new(), &request).unwrap().events
}

#[test]
fn what_is_sent_keeps_its_names_and_is_the_callers() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path().join("trail")).unwrap();
    let batch = plain(0..3);
    let received = taken(&audit, &batch, "ann");
    assert_eq!((received.next_pseq, received.seqs.as_slice()), (3, &[Some(0), Some(1), Some(2)][..]));
    assert_eq!(received.durable_seq, Some(2));
    assert_eq!((audit.health().durable_seq, audit.pulse().durable_seq), (Some(2), Some(2)));
    let rows_now = rows(&audit);
    for (row, event) in rows_now.iter().zip(&batch.events) {
        assert_eq!(
            (row.id, row.pseq, row.producer, row.created_at),
            (event.id, event.pseq, PRODUCER, event.created_at)
        );
        assert_eq!((row.space.as_str(), row.credential.as_deref()), ("team", Some("ann")));
    }
    // Told again, whole or in part, late or early, it is answered the same and written once.
    assert_eq!(taken(&audit, &batch, "ann").seqs, received.seqs);
    assert_eq!(taken(&audit, &plain(1..2), "ann").seqs, [Some(1)]);
    assert_eq!(taken(&audit, &plain(2..5), "ann").seqs, [Some(2), Some(3), Some(4)]);
    assert_eq!(rows(&audit).len(), 5);
    // An empty batch asks how far it has come.
    assert_eq!(taken(&audit, &plain(0..0), "ann").next_pseq, 5);
    audit.close().unwrap();
    assert_eq!(audit.receive(&batch, &caller("ann")).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn a_producer_is_whose_it_was_first() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path().join("trail")).unwrap();
    taken(&audit, &plain(0..2), "ann");
    for batch in [plain(0..2), plain(2..4), plain(0..0), Forwarded { ended: true, ..plain(0..0) }] {
        let error = audit.receive(&batch, &caller("bob")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Foreign, "{error}");
        assert!(!error.to_string().contains("ann"), "it names nobody: {error}");
    }
    assert_eq!(rows(&audit).len(), 2);
    assert_eq!(taken(&audit, &plain(2..4), "ann").next_pseq, 4);
}

#[test]
fn a_jump_is_answered_with_what_is_expected_and_a_gap_leads_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path().join("trail")).unwrap();
    taken(&audit, &plain(0..2), "ann");
    let jump = audit.receive(&plain(4..6), &caller("ann")).unwrap();
    assert_eq!(jump, Reception::Jump { expected_pseq: 2 });
    let span = GapSpan::Range { first: 2, last: 3 };
    let gap = Gap { producer: PRODUCER, reason: GapReason::Damaged, span, n_events: Some(2) };
    let declared = Forwarded { gaps: vec![gap], sheds: Sheds { total: 7, after: Some(1) }, ..plain(4..6) };
    let received = taken(&audit, &declared, "ann");
    assert_eq!((received.next_pseq, received.n_shed, received.n_gaps), (6, 7, 2));
    assert_eq!(taken(&audit, &declared, "ann").n_gaps, 0, "declared once");
    assert_eq!(rows(&audit).iter().filter(|row| row.event_type == Gap::EVENT_TYPE).count(), 2);
}

#[test]
fn what_the_rules_refuse_is_put_aside_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path().join("trail")).unwrap();
    let mut batch = plain(0..6);
    batch.events[0] = sent(0, Event::new("no.such_type").details(json!({"password": "hunter2"})));
    batch.events[2] = sent(2, Event::new("tool.invoked").details(json!({"much": "x".repeat(100_000)})));
    batch.events[3] = sent(3, Event::new("audit.gap"));
    batch.events[5].event = Err(Invalid::new("seq", InvalidKind::Reserved, "is set by Annals"));
    let received = taken(&audit, &batch, "ann");
    assert_eq!((received.next_pseq, received.buried.as_slice()), (6, &[0, 2, 3, 5][..]));
    assert_eq!(received.seqs.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false, false, true, false]);
    assert_eq!(audit.n_dead_letters().unwrap(), 4);
    let again = taken(&audit, &batch, "ann");
    assert_eq!((again.seqs, again.buried.len(), again.n_gaps), (received.seqs, 0, 0), "once");
    let rows = rows(&audit);
    assert_eq!(rows.iter().filter(|row| row.event_type == Gap::EVENT_TYPE).count(), 4);
    // The first event of a producer binds it, also where it was put aside.
    assert_eq!(audit.receive(&plain(6..7), &caller("bob")).unwrap_err().kind(), ErrorKind::Foreign);
    let bytes = std::fs::read(folder.path().join("trail/annals.db-wal")).unwrap_or_default();
    let database = std::fs::read(folder.path().join("trail/annals.db")).unwrap();
    for bytes in [bytes, database] {
        assert!(!bytes.windows(7).any(|window| window == b"hunter2"), "a secret reached the disk");
    }
}

#[test]
fn what_a_dead_laptop_began_ends_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path().join("trail")).unwrap();
    let mut batch = plain(0..2);
    batch.events[1] = sent(1, Event::new("tool.invoked").phase(Phase::Intent).operation("op"));
    batch.events[1].begun = true;
    assert_eq!(taken(&audit, &batch, "ann").n_ended, 0);
    assert_eq!(taken(&audit, &Forwarded { ended: true, ..plain(0..0) }, "ann").n_ended, 1);
    assert_eq!(taken(&audit, &Forwarded { ended: true, ..plain(0..0) }, "ann").n_ended, 0);
    let rows = rows(&audit);
    let end = rows.last().unwrap();
    assert_eq!((end.phase, end.space.as_str(), end.credential.as_deref()), (Phase::Outcome, "team", Some("ann")));
}

#[test]
fn posts_of_one_producer_at_once_are_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path().join("trail")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for first in (0..200).step_by(10) {
                    // Whoever comes too early is told to come again.
                    while let Reception::Jump { .. } = audit.receive(&plain(first..first + 10), &caller("ann")).unwrap()
                    {
                    }
                }
            });
        }
    });
    let rows =
        audit.query(&Filter::new(), &PageRequest { order: Order::Oldest, limit: annals::Limit::MAX, cursor: None });
    let numbers: Vec<u64> = rows.unwrap().events.iter().map(|row| row.pseq).collect();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
}
