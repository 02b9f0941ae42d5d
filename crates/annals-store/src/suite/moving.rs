//! What a store promises that can move: [`moving_store_suite!`](crate::moving_store_suite) runs it for a kind of database and another one, or the same.
//!
//! What has to arrive is everything that the source shows, part by part; and since a store might show nothing and keep nothing, the contracts of the log and of entries are asked as well.

mod faults;

use std::ops::ControlFlow;
use std::sync::Arc;

use annals_event::{Event, EventId, Outcome, Phase, Timestamp};
use serde_json::json;

pub use faults::{FaultyTarget, TargetFault};

use super::Database;
use super::awareness as entries;
use super::erasing::{by, erase, of_details, of_rows, of_user, seal};
use super::writing::{begun, damage, drain, of, payload, pending, plain, producer, rows, send, send_own};
use crate::awareness::vectors::{Embedded, Model, Passage};
use crate::awareness::{
    Act, Action, Answered, Change, Choice, EntryId, EntryType, Forms, Question, Record, Shelf, Shelved, Terms,
    UsageWish,
};
use crate::moving::{Copied, Ended, Part, Row, Source, Target, Whole, copy};
use crate::{Batch, Error, ErrorKind, EventStore, KeyedOutcome, KeyedWrite, OpenOperations, Refused, SealWish, Sheds};

/// A database that a log can be brought into.
pub trait MovingDatabase: Database {
    /// Opens it for that.
    fn open_to_copy_into(&self) -> Result<Box<dyn Target>, Error>;

    /// Opens it as always, or says why not.
    fn try_open(&self) -> Result<Arc<dyn EventStore>, Error>;
}

/// One `#[test]` a behaviour for a kind of database that a log is moved from, and one that it is moved to. The arguments make fresh [`MovingDatabase`](crate::suite::moving::MovingDatabase)s at
/// each call.
#[macro_export]
macro_rules! moving_store_suite {
    ($source:expr, $target:expr) => {
        $crate::moving_store_suite! { @each $source, $target =>
            a_log_arrives_whole
            what_was_emptied_arrives_emptied
            rows_that_went_are_not_missed
            earlier_names_arrive
            a_log_goes_on_where_it_arrived
            what_is_sent_once_more_is_there_once
            a_copy_that_was_stopped_goes_on
            a_source_that_goes_on_meanwhile_is_followed
            a_source_that_erases_meanwhile_is_followed
            what_was_copied_whole_is_copied_once
            another_log_is_refused
            a_log_that_went_on_by_itself_is_refused
            nobody_opens_what_is_not_whole
            of_two_copies_at_once_one_goes_on
            an_empty_log_arrives
        }
    };
    (@each $source:expr, $target:expr => $($behaviour:ident)+) => {
        $(
            #[test]
            fn $behaviour() {
                $crate::suite::moving::$behaviour(&($source)(), &($target)());
            }
        )+
    };
}

/// Brings a log over, and answers what became of that.
fn try_bring(from: &dyn EventStore, to: &dyn MovingDatabase, lots: usize) -> Result<Copied, Error> {
    let source = from.moving().expect("a store that moves");
    let mut n_lots = 0;
    copy(source, to.open_to_copy_into()?.as_mut(), &mut |_| {
        n_lots += 1;
        if n_lots < lots { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
}

#[track_caller]
fn bring(from: &dyn EventStore, to: &dyn MovingDatabase) -> Copied {
    let copied = try_bring(from, to, usize::MAX).expect("copied");
    assert_eq!(copied.ended, Ended::Whole);
    copied
}

/// What a store shows of itself, but for what means something in its own database alone.
type Shown = (Whole, Vec<(Part, Vec<Row>)>);

fn shown(store: &dyn EventStore) -> Shown {
    let mut shown = None;
    let mut look = |source: &mut dyn Source| {
        let whole = Whole { stamp: String::new(), ..source.whole()? };
        let mut parts = Vec::new();
        for part in Part::ALL {
            let (mut all, mut after): (Vec<Row>, Option<Row>) = (Vec::new(), None);
            // In small lots, so that keys are compared.
            while let rows = source.rows(part, after.as_deref(), 7)?
                && !rows.is_empty()
            {
                after = rows.last().map(|row| row[..part.n_key()].to_vec());
                all.extend(rows);
            }
            assert_eq!(source.count(part, None)?, all.len() as u64, "{part:?}");
            if let Some(row) = all.first() {
                assert_eq!(row.len(), part.columns().len(), "{part:?}");
                let behind = source.count(part, Some(&row[..part.n_key()]))?;
                assert_eq!(behind, all.len() as u64 - 1, "{part:?}");
            }
            parts.push((part, all));
        }
        shown = Some((whole, parts));
        Ok(())
    };
    store.moving().expect("a store that moves").show(&mut look).expect("shown");
    shown.expect("the store called")
}

/// Holds all that two stores say against each other.
#[track_caller]
fn check_same(source: &dyn EventStore, target: &dyn EventStore) {
    let (expected, found) = (shown(source), shown(target));
    assert_eq!(found.0, expected.0);
    for ((part, expected), (_, found)) in expected.1.iter().zip(&found.1) {
        assert_eq!(found.len(), expected.len(), "{part:?}");
        for (expected, found) in expected.iter().zip(found) {
            assert_eq!(found, expected, "{part:?}");
        }
    }
    assert_eq!(rows(target), rows(source));
    assert_eq!(target.log_ids(), source.log_ids());
    assert_eq!(target.head().expect("read"), source.head().expect("read"));
    assert_eq!(target.n_dead_letters().expect("read"), source.n_dead_letters().expect("read"));
    for number in 1..=4 {
        assert_eq!(target.mark(producer(number)).expect("read"), source.mark(producer(number)).expect("read"));
    }
    if let (Some(expected), Some(found)) = (source.evidence(), target.evidence()) {
        let expected = expected.standing().expect("read");
        assert_eq!(found.standing().expect("read"), expected);
        assert_eq!(
            found.checkpoints(0, 100).expect("read"),
            source.evidence().expect("there").checkpoints(0, 100).expect("read")
        );
        for size in 0..=expected.tree.size.min(20) {
            assert_eq!(
                found.root_at(size).expect("read"),
                source.evidence().expect("there").root_at(size).expect("read")
            );
        }
    }
    for space in ["team", "other"] {
        assert_eq!(seen(target, space), seen(source, space), "of {space}");
    }
    let entries = target.awareness().expect("a store that keeps entries");
    assert_eq!(entries.check().expect("checked"), [], "what is beside the entries");
}

/// What whoever looks at a space sees.
fn seen(store: &dyn EventStore, space: &str) -> impl PartialEq + std::fmt::Debug + use<> {
    entries::look(store, space, |shelf: &mut dyn Shelf| {
        let any = Choice { shelved: Shelved::Anywhere, ..Choice::default() };
        let all: Vec<EntryId> = (1..=9).map(entries::id).collect();
        let question = Question { words: vec![Forms::from(["backup".to_owned()])], limit: 10, ..Question::default() };
        let found: Vec<_> = shelf.search(&question)?.hits.into_iter().map(|hit| hit.entry).collect();
        let readings: Vec<_> = shelf.readings(&all)?.iter().map(|read| (read.n_reads, read.last)).collect();
        let usage = shelf.usage(&UsageWish { limit: 100, ..UsageWish::default() })?;
        Ok((
            (shelf.count(&any)?, (shelf.stats()?.n_entries, shelf.stats()?.sources), shelf.tags()?, shelf.languages()?),
            (shelf.changes(&all)?, found, readings, usage),
            all.iter().map(|id| shelf.any_entry(*id)).collect::<Result<Vec<_>, _>>()?,
        ))
    })
}

/// Fills a database with everything that it can hold, and answers the store.
fn filled(database: &dyn Database) -> Arc<dyn EventStore> {
    let store = database.open();
    let shop = |n: u64| {
        payload(
            n,
            &Event::new("tool.invoked")
                .tool("search")
                .user("ada")
                .session("s-1")
                .details(json!({ "n": n, "said": "größe" })),
        )
    };
    send(store.as_ref(), producer(1), 0, &(0..300).map(shop).collect::<Vec<_>>());
    // Losses, drops, and what the database refused.
    let after = [payload(300, &Event::new("plan.created").plan("p"))];
    let after = pending(305, &after);
    let batch = Batch {
        gaps: &[damage(producer(1), 300, 304)],
        sheds: Sheds { total: 3, after: Some(305) },
        credential: Some("uid:1000"),
        ..of(producer(1), &after)
    };
    drain(store.as_ref(), &batch);
    let refused = plain([301]);
    store
        .bury(&Refused {
            origin: crate::Origin::Producer(producer(2)),
            event: pending(0, &refused)[0],
            reason: "a test wants it",
            credential: None,
        })
        .expect("buried");
    // What is open: an operation of a process, one of nobody, and a session.
    let intent = |name: &str| Event::new("tool.invoked").tool("write").operation(name).phase(Phase::Intent);
    send(
        store.as_ref(),
        producer(3),
        0,
        &[begun(310, &intent("owned")), payload(311, &intent("nobodys").session("s-2"))],
    );
    send_own(store.as_ref(), &[payload(312, &Event::new("session.created").session("s-2").user("grace"))]);
    keyed(store.as_ref(), 320);
    remember(store.as_ref());
    embed(store.as_ref());
    if store.evidence().is_some() {
        seal(store.as_ref());
    }
    send_own(store.as_ref(), &plain([330]));
    store
}

/// A named write.
fn keyed(store: &dyn EventStore, number: u64) -> Option<Vec<(EventId, u64, bool)>> {
    let events = plain([number]);
    let events: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
    let write = KeyedWrite { key: [4; 32], body: [5; 32], events: &events };
    match store.keyed()?.append_keyed(&write).expect("appended") {
        KeyedOutcome::There(rows) => Some(rows.iter().map(|row| (row.id, row.seq, row.is_new)).collect()),
        KeyedOutcome::OtherBody => panic!("the key was used for another body"),
    }
}

/// Entries with all that stands beside them.
fn remember(store: &dyn EventStore) {
    for space in ["team", "other"] {
        entries::change(store, space, move |desk| {
            let mut note = entries::note(1);
            note.tags = vec!["ops".to_owned(), "nas".to_owned(), "ops".to_owned()];
            (note.logical_key, note.language) = (Some("backup".to_owned()), Some("en".to_owned()));
            note.data.insert("related_ids".to_owned(), json!([entries::id(2).to_string()]));
            let terms = Terms {
                title: "backup nas".to_owned(),
                body: "weekly  größe".to_owned(),
                labels: "ops".to_owned(),
                language: "en",
            };
            let before = Change {
                at: entries::at(1),
                changed: [("description".to_owned(), json!("old"))].into_iter().collect(),
            };
            let note = desk.put(note, &terms, &[before])?;
            let trashed = crate::awareness::Entry { deleted: Some(entries::at(9)), ..entries::note(2) };
            let trashed = desk.put(trashed, &entries::words("backup"), &[])?;
            let alert = json!({ "alert_id": "a", "level": "warning", "message": "full", "resolved": false });
            let alert = desk.put(entries::entry(3, EntryType::Alert, "nas", alert), &entries::words("full"), &[])?;
            let status = json!({ "metrics": {}, "ttl_sec": 60 });
            let status = desk.put(entries::entry(4, EntryType::Status, "nas", status), &entries::words(""), &[])?;
            desk.keep_answer(&[8; 32], &Answered { call: [7; 32], answer: "kept".to_owned() })?;
            let made = [note, trashed, alert, status];
            Ok(((), made.iter().map(|entry| Record::change(space, Action::Created, entry, "remember")).collect()))
        })
        .expect("put");
    }
    entries::alter(store, "team", entries::id(1), |entry| entry.source.push('2')).expect("altered");
    let read = Record::reading("get_knowledge", Some("editor"), &serde_json::Map::new(), &[entries::id(1)]);
    let act =
        Act { entry: entries::id(1), action: "ran", detail: Some("it"), tags: &["ops".to_owned()], platform: None };
    let told = [read, vec![Record::acted("acted_on", &act)]].concat();
    let told: Vec<Vec<u8>> = told.iter().map(|event| entries::encoded("team", event)).collect();
    send(store, producer(4), 0, &told);
}

/// Vectors for what waits for some, but for one entry that the model would not take.
fn embed(store: &dyn EventStore) {
    let vectors = store.awareness().expect("a store that keeps entries").vectors();
    let model = vectors.model(&Model { name: "one".to_owned(), dimension: 3 }).expect("a model");
    let waiting = vectors.waiting(model, None, 100, &[]).expect("read");
    let embedded = waiting.iter().enumerate().map(|(n, waiting)| {
        let passage = |digest| Passage { digest: [digest; 32], vector: Some(vec![0.6, -0.8, 1e-7]) };
        let passages = if n == 0 { Vec::new() } else { vec![passage(1), passage(2)] };
        Embedded { place: waiting.place, passages, is_refused: n == 0 }
    });
    vectors.embed(model, embedded.collect()).expect("embedded");
}

/// Everything is there: the log with its tree, signatures and marks, what is open, what agents know with what stands beside it.
pub fn a_log_arrives_whole(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    let n_rows: usize = shown(store.as_ref()).1.iter().map(|(_, rows)| rows.len()).sum();
    let copied = bring(store.as_ref(), target);
    assert_eq!((copied.log, copied.n_events), (store.log_ids().0, store.head().expect("read").n_events));
    assert_eq!(copied.n_rows, n_rows as u64);
    check_same(store.as_ref(), target.open().as_ref());
}

/// Emptied rows are as empty there, and their leaves the same.
pub fn what_was_emptied_arrives_emptied(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    if store.erasing().is_some() {
        send_own(store.as_ref(), &[payload(400, &by("eve")), payload(401, &by("grace"))]);
        erase(store.as_ref(), &of_user("eve"));
        erase(store.as_ref(), &of_details(&["plan.*"]));
    }
    bring(store.as_ref(), target);
    let arrived = target.open();
    check_same(store.as_ref(), arrived.as_ref());
    if arrived.erasing().is_some() {
        super::erasing::check_leaves(arrived.as_ref());
        // And erasing goes on.
        erase(arrived.as_ref(), &of_user("grace"));
        super::erasing::check_leaves(arrived.as_ref());
    }
}

/// A log whose first rows were deleted has its whole tree.
pub fn rows_that_went_are_not_missed(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = source.open();
    send_own(store.as_ref(), &plain(0..600));
    if store.erasing().is_some() {
        seal(store.as_ref());
        erase(store.as_ref(), &of_rows());
    }
    bring(store.as_ref(), target);
    check_same(store.as_ref(), target.open().as_ref());
}

/// A log that was rolled back or restored keeps the names and keys that it had.
pub fn earlier_names_arrive(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    if source.open().evidence().is_none() {
        return;
    }
    super::evidence::a_log_goes_on_under_a_new_name(source);
    let store = source.open();
    bring(store.as_ref(), target);
    let arrived = target.open();
    check_same(store.as_ref(), arrived.as_ref());
    assert_eq!(arrived.log_ids().1.len(), 1);
}

/// The log goes on: numbers, marks, open operations and sessions, keys and names.
pub fn a_log_goes_on_where_it_arrived(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    let n_events = store.head().expect("read").n_events;
    bring(store.as_ref(), target);
    let arrived = target.open();
    assert_eq!(send(arrived.as_ref(), producer(1), 306, &plain([500])), [n_events]);
    assert_eq!(send_own(arrived.as_ref(), &plain([501])), [n_events + 1]);
    assert_eq!(arrived.end_operations(OpenOperations::OwnedBy(producer(3))).expect("ended"), 1);
    assert_eq!(arrived.end_sessions(Timestamp::from_nanos(i64::MAX)).expect("ended"), 1);
    let unknown = super::writing::all(arrived.as_ref(), &crate::Filter::new().outcome(Outcome::Unknown));
    assert_eq!(unknown.len(), 3, "the session, and both operations");
    let next = entries::put(arrived.as_ref(), "team", &[entries::note(7)]);
    assert_eq!(next[0].id, entries::id(7));
    entries::alter(arrived.as_ref(), "team", entries::id(1), |entry| entry.tags.clear()).expect("altered");
    let taken = entries::change(arrived.as_ref(), "other", |desk| {
        let mut note = entries::note(8);
        note.logical_key = Some("backup".to_owned());
        Ok((desk.put(note, &Terms::default(), &[]).map(|_| ()).map_err(|error| error.kind()), Vec::new()))
    });
    assert_eq!(taken.expect("looked").0, Err(ErrorKind::Taken));
    let kept = entries::change(arrived.as_ref(), "team", |desk| Ok((desk.answered(&[8; 32])?, Vec::new())));
    assert_eq!(kept.expect("looked").0.map(|kept| kept.answer), Some("kept".to_owned()));
    let checked = arrived.awareness().expect("a store that keeps entries").check().expect("checked");
    assert_eq!(checked, []);
    if let Some(evidence) = arrived.evidence() {
        super::evidence::check_tree(arrived.as_ref());
        // The pinned key signs on.
        seal(arrived.as_ref());
        let never = SealWish { interval: std::time::Duration::ZERO, kept: crate::Kept::Hour };
        let again = evidence.seal(never, &mut |_, _| panic!("nothing is left to sign"));
        assert_eq!(again.expect("sealed"), None);
    }
}

/// What was delivered at the old place, and is delivered once more at the new one, is there once.
pub fn what_is_sent_once_more_is_there_once(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    let named = keyed(store.as_ref(), 321);
    bring(store.as_ref(), target);
    let (arrived, n_events) = (target.open(), store.head().expect("read").n_events);
    let again = plain(0..3);
    let written = drain(arrived.as_ref(), &of(producer(1), &pending(0, &again)));
    assert_eq!(written.seqs, [None, None, None]);
    // The batch that was on its way when the log moved: its first event is there, its second one is not.
    let both = plain([305, 306]);
    let written = drain(arrived.as_ref(), &of(producer(1), &pending(305, &both)));
    assert_eq!(written.seqs, [None, Some(n_events)]);
    assert_eq!(keyed(arrived.as_ref(), 322), named, "a named write");
    let foreign = Batch { credential: Some("uid:2000"), ..of(producer(1), &[]) };
    assert_eq!(arrived.append(&foreign).map_err(|error| error.kind()), Err(ErrorKind::Foreign), "whose it is");
    assert_eq!(arrived.head().expect("read").n_events, n_events + 1);
}

/// A copy that ends after each lot, as a killed one would, is a whole one at the end, and has written no row twice.
pub fn a_copy_that_was_stopped_goes_on(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    send_own(store.as_ref(), &plain(1_000..2_200));
    let n_rows: usize = shown(store.as_ref()).1.iter().map(|(_, rows)| rows.len()).sum();
    let (mut n_written, mut n_stops) = (0, 0);
    loop {
        let copied = try_bring(store.as_ref(), target, 1).expect("copied");
        n_written += copied.n_rows;
        match copied.ended {
            Ended::Stopped => n_stops += 1,
            ended => break assert_eq!(ended, Ended::Whole),
        }
    }
    assert!(n_stops > 20, "{n_stops} stops");
    assert_eq!(n_written, n_rows as u64);
    check_same(store.as_ref(), target.open().as_ref());
}

/// What is recorded and changed between two attempts arrives with the rest, wherever the first one ended.
pub fn a_source_that_goes_on_meanwhile_is_followed(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    for (n, lots) in (10_u8..).zip([1, 2, 9, 16, 24, usize::MAX, 3]) {
        try_bring(store.as_ref(), target, lots).expect("copied");
        send_own(store.as_ref(), &plain([600 + u64::from(n)]));
        entries::put(store.as_ref(), "team", &[entries::note(n)]);
        entries::alter(store.as_ref(), "team", entries::id(1), |entry| entry.tags.push("more".to_owned()))
            .expect("altered");
    }
    bring(store.as_ref(), target);
    check_same(store.as_ref(), target.open().as_ref());
}

/// What is erased between two attempts is erased there too.
pub fn a_source_that_erases_meanwhile_is_followed(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    if store.erasing().is_none() {
        return;
    }
    send_own(store.as_ref(), &[payload(400, &by("eve")), payload(401, &by("mallory"))]);
    try_bring(store.as_ref(), target, 4).expect("begun");
    erase(store.as_ref(), &of_user("eve"));
    bring(store.as_ref(), target);
    check_same(store.as_ref(), target.open().as_ref());
    erase(store.as_ref(), &of_user("mallory"));
    bring(store.as_ref(), target);
    check_same(store.as_ref(), target.open().as_ref());
}

/// Copying once more what is there changes nothing and says so.
pub fn what_was_copied_whole_is_copied_once(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    bring(store.as_ref(), target);
    let again = try_bring(store.as_ref(), target, usize::MAX).expect("looked");
    assert_eq!((again.ended, again.n_rows), (Ended::WasThere, 0));
    check_same(store.as_ref(), target.open().as_ref());
}

/// A database that holds another log is refused by both names and left as it is, begun or whole.
pub fn another_log_is_refused(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let (store, other) = (filled(source), target.open());
    if other.log_ids().0 == store.log_ids().0 {
        return; // In memory all logs have one name.
    }
    send_own(other.as_ref(), &plain([700]));
    let before = shown(other.as_ref());
    let refused = try_bring(store.as_ref(), target, usize::MAX).expect_err("another log is there");
    assert_eq!(refused.kind(), ErrorKind::Taken);
    for log in [store.log_ids().0, other.log_ids().0] {
        assert!(refused.to_string().contains(&log.to_string()), "{refused} names {log}");
    }
    assert_eq!(shown(other.as_ref()), before);
}

/// A log that has recorded something of its own at the new place is not written over.
pub fn a_log_that_went_on_by_itself_is_refused(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    bring(store.as_ref(), target);
    let arrived = target.open();
    send_own(arrived.as_ref(), &plain([800]));
    let before = shown(arrived.as_ref());
    for n in 801..803 {
        let refused = try_bring(store.as_ref(), target, usize::MAX).expect_err("it went on");
        assert_eq!(refused.kind(), ErrorKind::Taken, "{refused}");
        assert_eq!(shown(arrived.as_ref()), before);
        // As long, and another.
        send_own(store.as_ref(), &plain([n]));
    }
}

/// While a log is on its way, nobody records into it or takes it for a whole one; journals wait for it to arrive.
pub fn nobody_opens_what_is_not_whole(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    let early = target.open_to_copy_into().expect("opened");
    drop(early);
    try_bring(store.as_ref(), target, 3).expect("begun");
    let refused = target.try_open().map(|_| ()).expect_err("it is not whole");
    assert_eq!(refused.kind(), ErrorKind::Busy, "{refused}");
    assert!(refused.is_retryable());
    bring(store.as_ref(), target);
    let arrived = target.try_open().expect("it is whole");
    // Who has it open writes no more once it is copied into again.
    send_own(store.as_ref(), &plain([900]));
    try_bring(store.as_ref(), target, 1).expect("begun again");
    let payloads = plain([901]);
    arrived.append(&super::writing::own(&pending(0, &payloads))).expect_err("it is on its way again");
    bring(store.as_ref(), target);
    check_same(store.as_ref(), target.open().as_ref());
}

/// Of two who copy into one database at once, one is told so and writes nothing more.
pub fn of_two_copies_at_once_one_goes_on(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = filled(source);
    let mut other = None;
    let copied = copy(
        store.moving().expect("a store that moves"),
        target.open_to_copy_into().expect("opened").as_mut(),
        &mut |_| {
            // The other one brings some lots while this one is between two.
            other.get_or_insert_with(|| try_bring(store.as_ref(), target, 3).expect("copied"));
            ControlFlow::Continue(())
        },
    );
    let disturbed = copied.expect_err("the other was faster");
    assert_eq!(disturbed.kind(), ErrorKind::Busy, "{disturbed}");
    bring(store.as_ref(), target);
    check_same(store.as_ref(), target.open().as_ref());
}

/// A log without events moves under its name.
pub fn an_empty_log_arrives(source: &dyn MovingDatabase, target: &dyn MovingDatabase) {
    let store = source.open();
    bring(store.as_ref(), target);
    let arrived = target.open();
    check_same(store.as_ref(), arrived.as_ref());
    assert_eq!(send_own(arrived.as_ref(), &plain([0])), [0]);
}
