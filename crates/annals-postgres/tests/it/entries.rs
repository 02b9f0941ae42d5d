//! Entries on a real server, beside the contract: texts that no index takes, commits whose answers are lost, events that are erased, and tables that somebody has altered.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use annals_event::{Event, Timestamp};
use annals_postgres::{OpenMode, PostgresStore};
use annals_store::awareness::{
    Abort, Action, AwarenessStore, Beside, By, Choice, Desk, Entry, EntryId, EntryType, Question, Record, Shelf, Terms,
    UsageWish, Wish,
};
use annals_store::suite::evidence::check_tree;
use annals_store::{
    ErasingStore, Erasure, ErrorKind, EventStore, EvidenceStore, Filter, Kept, PageRequest, SealWish, Selection,
    Wording,
};
use annals_testkit::postgres::{Cut, Wire};
use annals_tlog::{Checkpoint, SignerKey};
use serde_json::Map;

use crate::support::{Place, append, payload_of, producer};

const TEAM: &str = "team";

fn note(n: u8) -> Entry {
    let created = Timestamp::from_nanos(1_700_000_000_000_000_000 + i64::from(n));
    let mut entry = Entry::new(EntryId::from_bytes([n; 16]), EntryType::Note, "test", created);
    entry.data.insert("description".to_owned(), format!("note {n}").into());
    entry
}

fn change(
    store: &PostgresStore,
    mut work: impl FnMut(&mut dyn Desk) -> Result<Vec<Event>, Abort> + Send + 'static,
) -> Result<Option<u64>, Abort> {
    store.change(TEAM, Box::new(move |desk| Ok(work(desk)?.iter().map(|event| payload_of(TEAM, event)).collect())))
}

fn put(store: &PostgresStore, entry: Entry, terms: Terms) -> Result<Option<u64>, Abort> {
    change(store, move |desk| {
        let entry = desk.put(entry.clone(), &terms, &[])?;
        Ok(vec![Record::change(TEAM, Action::Created, &entry, "remember")])
    })
}

fn look<T>(store: &PostgresStore, mut work: impl FnMut(&mut dyn Shelf) -> Result<T, annals_store::Error>) -> T {
    let mut answer = None;
    let looked = store.look(TEAM, &mut |shelf| {
        answer = Some(work(shelf)?);
        Ok(())
    });
    looked.unwrap();
    answer.unwrap()
}

fn chosen(store: &PostgresStore, choice: &Choice) -> Vec<EntryId> {
    let page = look(store, |shelf| shelf.page(choice, &Wish::first(By::Touched, 100)));
    assert_eq!(look(store, |shelf| shelf.count(choice)), page.entries.len() as u64);
    page.entries.iter().map(|entry| entry.id).collect()
}

fn astray(store: &PostgresStore) -> Vec<Beside> {
    store.check().unwrap().into_iter().map(|astray| astray.what).collect()
}

#[test]
fn a_zero_byte_is_refused_by_its_field_and_found_nowhere() {
    let place = Place::new();
    let store = place.open();
    put(&store, note(1), Terms { title: "a\0b c".to_owned(), ..Terms::default() }).unwrap();
    let zero = || "a\0b".to_owned();
    for field in ["source", "tags", "logical_key", "credential"] {
        let mut entry = note(2);
        match field {
            "source" => entry.source = zero(),
            "tags" => entry.tags = vec![zero()],
            "logical_key" => entry.logical_key = Some(zero()),
            _ => entry.credential = zero(),
        }
        let Err(Abort::Store(error)) = put(&store, entry, Terms::default()) else { panic!("`{field}` was taken") };
        assert!(error.kind() == ErrorKind::RowRefused && error.to_string().contains(field), "{error}");
    }
    let mut said = note(3);
    said.data.insert("text".to_owned(), zero().into());
    put(&store, said.clone(), Terms::default()).unwrap();
    assert_eq!(look(&store, |shelf| shelf.entry(said.id)), Some(said), "what is said is JSON, which has no zero byte");
    for choice in [
        Choice { source: Some(zero()), ..Choice::default() },
        Choice { tags: vec![zero()], ..Choice::default() },
        Choice { state: Some(zero()), ..Choice::default() },
        Choice { learned_from: Some(zero()), ..Choice::default() },
    ] {
        assert_eq!(chosen(&store, &choice), []);
    }
    assert_eq!(look(&store, |shelf| shelf.keyed("a\0", "b")), None);
    let question = Question { words: vec![vec![zero()]], limit: 9, ..Question::default() };
    assert_eq!(look(&store, |shelf| shelf.search(&question)).hits, []);
    assert_eq!(astray(&store), []);
}

/// Bags that a node has read before are of use to it only as long as the rows are the same.
#[test]
fn what_another_node_changes_is_weighed_as_it_is() {
    let place = Place::new();
    let (here, there) = (place.open(), place.open());
    let body = |n_others: usize| Terms { body: format!("quince{}", " pear".repeat(n_others)), ..Terms::default() };
    for (n, n_others) in [(1, 1), (2, 9)] {
        put(&there, note(n), body(n_others)).unwrap();
    }
    let question = Question { words: vec![vec!["quince".to_owned()]], limit: 9, ..Question::default() };
    let found = || -> Vec<EntryId> {
        look(&here, |shelf| shelf.search(&question)).hits.iter().map(|hit| hit.entry.id).collect()
    };
    let (one, two) = (note(1).id, note(2).id);
    assert_eq!(found(), [one, two], "the shorter one first");
    for (n_others, order) in [(50, [two, one]), (1, [one, two])] {
        let replaced = change(&there, move |desk| {
            let entry = desk.entry_for_change(one)?.expect("there");
            let entry = desk.replace(entry, Some(&body(n_others)), None)?;
            Ok(vec![Record::change(TEAM, Action::Updated, &entry, "update_entry")])
        });
        replaced.unwrap();
        assert_eq!(found(), order);
    }
}

#[test]
fn texts_are_as_long_as_somebody_likes() {
    let place = Place::new();
    let store = place.open();
    // Nothing that an index could make smaller.
    let mut state = 1_u64;
    let mut long = String::new();
    while long.len() < 9_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let _ = write!(long, "{state:016x}");
    }
    let other = format!("{}x", &long[..long.len() - 1]);
    let mut body = String::new();
    for n in 0..120_000 {
        let _ = write!(body, "word{n} ");
    }
    for (n, text) in (1..).zip([&long, &other]) {
        let mut entry = note(n);
        (entry.source, entry.logical_key, entry.tags) = (text.clone(), Some(text.clone()), vec![text.clone()]);
        entry.data.insert("learned_from".to_owned(), text.as_str().into());
        let terms = Terms { title: text.clone(), body: body.clone(), ..Terms::default() };
        put(&store, entry, terms).unwrap();
    }
    let (one, two) = (note(1).id, note(2).id);
    for (id, text) in [(one, &long), (two, &other)] {
        assert_eq!(look(&store, |shelf| shelf.keyed(text, text)).unwrap().id, id);
        assert_eq!(chosen(&store, &Choice { source: Some(text.clone()), ..Choice::default() }), [id]);
        assert_eq!(chosen(&store, &Choice { tags: vec![text.clone()], ..Choice::default() }), [id]);
        assert_eq!(chosen(&store, &Choice { learned_from: Some(text.clone()), ..Choice::default() }), [id]);
    }
    assert_eq!(look(&store, |shelf| shelf.tags()).len(), 2);
    let question = Question { words: vec![vec!["word7".to_owned()]], limit: 9, ..Question::default() };
    assert_eq!(look(&store, |shelf| shelf.search(&question)).hits.len(), 2);
    assert_eq!(astray(&store), []);
    let mut n_whole = 0;
    AwarenessStore::scan(&store, &mut |scanned| n_whole += u64::from(scanned.is_whole)).unwrap();
    assert_eq!(n_whole, 2);
}

#[test]
fn a_change_whose_answer_was_lost_was_made_once_or_not_at_all() {
    for cut in [Cut::BeforeCommit, Cut::AfterCommit] {
        let place = Place::new();
        let wire = Wire::to(place.0.socket());
        let store = PostgresStore::open(&wire.url(&place.url()), OpenMode::ReadWriteCreate).unwrap();
        put(&store, note(1), Terms::default()).unwrap();
        wire.cut(cut);
        let lost = put(&store, note(2), Terms::default());
        assert!(matches!(&lost, Err(Abort::Store(error)) if error.kind() == ErrorKind::UnknownOutcome), "{lost:?}");
        assert!(!wire.is_whole());
        store.settle().unwrap();
        let n_entries = chosen(&store, &Choice::default()).len() as u64;
        assert_eq!(n_entries, if cut == Cut::AfterCommit { 2 } else { 1 });
        assert_eq!(store.head().unwrap().n_events, n_entries, "an entry is there exactly when its event is");
        assert_eq!(check_tree(&store), n_entries);
        assert_eq!(astray(&store), []);
    }
}

#[test]
fn a_work_that_fails_in_the_database_leaves_the_others_theirs() {
    let place = Place::new();
    let store = Arc::new(place.open());
    place.0.sql("ALTER TABLE entry ADD CONSTRAINT no_quince CHECK (source <> 'quince')");
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for n in 0..12_u8 {
            let (store, outcomes) = (Arc::clone(&store), Arc::clone(&outcomes));
            scope.spawn(move || {
                let mut entry = note(n);
                if n % 3 == 0 {
                    "quince".clone_into(&mut entry.source);
                }
                let is_put = put(&store, entry, Terms::default()).is_ok();
                outcomes.lock().unwrap().push((n, is_put));
            });
        }
    });
    for (n, is_put) in outcomes.lock().unwrap().iter() {
        assert_eq!(*is_put, n % 3 != 0, "{n}");
    }
    assert_eq!(chosen(&store, &Choice::default()).len(), 8);
    assert_eq!((store.head().unwrap().n_events, check_tree(store.as_ref())), (8, 8));
}

/// What erased events told of entries goes with them, and only that.
#[test]
fn who_read_is_forgotten_with_the_event_that_told_it() {
    let place = Place::new();
    let store = place.open();
    put(&store, note(1), Terms::default()).unwrap();
    put(&store, note(2), Terms::default()).unwrap();
    let reading = |ids: &[EntryId]| payload_of(TEAM, &Record::reading("search", None, &Map::new(), ids).remove(0));
    let (one, two) = (note(1).id, note(2).id);
    append(&store, producer(1), 0, &[reading(&[one, two]), reading(&[one])]).unwrap();
    let erased = store.query(&Filter::new(), &PageRequest::default()).unwrap().events;
    let erased = erased.iter().find(|event| event.seq == 2).unwrap().id;
    let erasure = Erasure { what: Selection::Events([erased].into()), spare_since: Timestamp::from_nanos(i64::MAX) };
    let wording = Wording { reason: "asked for", credential: "uid:0" };
    let declared = store.declare_erasure(&erasure, wording, 0).unwrap().unwrap();
    seal(&store);
    store.carry_out(declared.seq).unwrap();
    let readings = look(&store, |shelf| shelf.readings(&[one, two]));
    assert_eq!(readings.iter().map(|readings| readings.n_reads).collect::<Vec<_>>(), [1, 0]);
    let unread = Choice { unread: Some(None), ..Choice::default() };
    assert_eq!(chosen(&store, &unread), [two]);
    assert_eq!(look(&store, |shelf| shelf.usage(&UsageWish { limit: 9, ..UsageWish::default() })).len(), 1);
    assert_eq!(astray(&store), []);
}

fn seal(store: &PostgresStore) {
    let name = store.standing().unwrap().origin.as_str().parse().unwrap();
    let key = SignerKey::from_seed(name, &[7; 32]);
    store.pin_key(key.verifier()).unwrap();
    let wish = SealWish { interval: std::time::Duration::ZERO, kept: Kept::Named };
    let sealed = EvidenceStore::seal(store, wish, &mut |origin, head| {
        Ok(Checkpoint::new(origin.clone(), head).unwrap().sign(&[&key]).unwrap())
    });
    sealed.unwrap();
}

#[test]
fn what_somebody_alters_beside_the_entries_is_seen() {
    for (statement, what) in [
        ("DELETE FROM entry_usage", Beside::Usage),
        ("UPDATE entry_usage SET tool = 'other'", Beside::Usage),
        ("UPDATE entry_readings SET n_reads = n_reads + 1", Beside::Readings),
        ("UPDATE entry SET unread = NOT unread", Beside::Unread),
        ("UPDATE entry SET counted = NOT counted", Beside::Counted),
        ("UPDATE entry_count SET n_entries = n_entries + 1", Beside::Counts),
        ("DELETE FROM entry_tag_count", Beside::Counts),
        ("DELETE FROM entry_text", Beside::Words),
        ("UPDATE entry_text SET words = ''", Beside::Words),
        ("UPDATE entry_text SET title = 'other'", Beside::Words),
    ] {
        let place = Place::new();
        let store = place.open();
        let mut entry = note(1);
        entry.tags = vec!["t".to_owned()];
        put(&store, entry, Terms { title: "word".to_owned(), ..Terms::default() }).unwrap();
        let reading = Record::reading("get_knowledge", None, &Map::new(), &[note(1).id]).remove(0);
        append(&store, producer(1), 0, &[payload_of(TEAM, &reading)]).unwrap();
        assert_eq!(astray(&store), []);
        place.0.sql(statement);
        assert!(astray(&store).contains(&what), "{statement}: {:?}", astray(&store));
    }
    for statement in [
        "UPDATE entry SET name_digest = '\\x00'",
        "UPDATE entry SET learned_from = 'other'",
        "DELETE FROM entry_tag",
        "UPDATE entry_tag SET space = 'other'",
        "INSERT INTO entry_link SELECT space, id, n FROM entry",
        "INSERT INTO entry_change SELECT n, space, 0, 0, '{}' FROM entry",
    ] {
        let place = Place::new();
        let store = place.open();
        let mut entry = note(1);
        entry.tags = vec!["t".to_owned()];
        put(&store, entry, Terms::default()).unwrap();
        place.0.sql(statement);
        let mut is_whole = true;
        AwarenessStore::scan(&store, &mut |scanned| is_whole &= scanned.is_whole).unwrap();
        assert!(!is_whole, "{statement}");
    }
}
