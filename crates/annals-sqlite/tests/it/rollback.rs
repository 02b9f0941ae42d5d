//! A database that was cut, put back or rebuilt, and what is known of it elsewhere.

use std::fs;
use std::sync::{Arc, Mutex};

use annals_event::{Event, Phase, ProducerId};
use annals_sqlite::{OpenMode, Opening, SqliteStore};
use annals_store::awareness::{EntryId, Record, UsageWish};
use annals_store::suite::evidence::check_tree;
use annals_store::{Continuation, Error, ErrorKind, EventStore, Kept, LogId, Outside, SealWish, StoredCheckpoint};
use annals_tlog::{Checkpoint, SignerKey, TreeHead};
use std::time::Duration;

use crate::support::{Place, all, append, append_all_of, append_own, payloads, plain, producer};

/// What was published, as a test says.
#[derive(Clone, Default, Debug)]
struct Published(Arc<Mutex<Option<TreeHead>>>);

impl Published {
    fn set(&self, head: Option<TreeHead>) {
        *self.0.lock().unwrap() = head;
    }
}

impl Outside for Published {
    fn newest(&self, _log: LogId) -> Result<Option<TreeHead>, Error> {
        Ok(*self.0.lock().unwrap())
    }
}

fn open_beside(place: &Place, published: &Published) -> Result<SqliteStore, Error> {
    let opening = Opening::default().with_outside(Arc::new(published.clone()));
    SqliteStore::open_as(&place.database, OpenMode::ReadWriteCreate, opening)
}

fn head(store: &SqliteStore) -> TreeHead {
    store.evidence().unwrap().standing().unwrap().tree
}

fn signer(store: &SqliteStore) -> SignerKey {
    let origin = annals_store::origin_of(store.log_ids().0);
    SignerKey::from_seed(origin.as_str().parse().unwrap(), &[1; 32])
}

fn seal(store: &SqliteStore) -> Result<Option<StoredCheckpoint>, Error> {
    let key = signer(store);
    store.evidence().unwrap().pin_key(key.verifier()).unwrap();
    let wish = SealWish { interval: Duration::ZERO, kept: Kept::Hour };
    let sign = &mut |origin: &annals_tlog::Origin, head| {
        Ok(Checkpoint::new(origin.clone(), head).and_then(|checkpoint| checkpoint.sign(&[&key])).unwrap())
    };
    store.evidence().unwrap().seal(wish, sign)
}

/// Goes on under a new name, and answers the store as it is opened then.
fn go_on(place: &Place) -> SqliteStore {
    let refused = place.folder.path().join("annals.db");
    let opening = Opening::default().accepting_rollback();
    let store = SqliteStore::open_as(&refused, OpenMode::ReadWriteCreate, opening).unwrap();
    let log = LogId::from_bytes([0xAB; 16]);
    let key = SignerKey::from_seed(annals_store::origin_of(log).as_str().parse().unwrap(), &[2; 32]);
    let continuation = Continuation {
        log,
        own_producer: ProducerId::from_bytes([0xCD; 16]),
        key: key.verifier(),
        reason: "rollback_accepted",
        last_known: None,
        late_keys: &[],
        credential: "uid:1",
    };
    store.evidence().unwrap().continue_as(&continuation).unwrap();
    store.close().unwrap();
    place.open()
}

#[test]
fn a_database_that_was_put_back_is_refused_with_both_sizes() {
    let place = Place::new();
    let published = Published::default();
    let store = open_beside(&place, &published).unwrap();
    append_all_of(&store, producer(1), 0, &plain(100));
    store.close().unwrap();
    let older = fs::read(&place.database).unwrap();
    let store = open_beside(&place, &published).unwrap();
    append_all_of(&store, producer(1), 100, &plain(50));
    published.set(Some(head(&store)));
    store.close().unwrap();
    // As it stands, and behind what is published, it is opened.
    let store = open_beside(&place, &published).unwrap();
    append_all_of(&store, producer(1), 150, &plain(1));
    store.close().unwrap();
    open_beside(&place, &published).unwrap().close().unwrap();

    fs::write(&place.database, &older).unwrap();
    let error = open_beside(&place, &published).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack);
    let text = error.to_string();
    assert!(text.contains("100") && text.contains("150"), "{text}");
    assert!(!error.is_retryable());
    assert_eq!(fs::read(&place.database).unwrap(), older, "refused and kept");
    // The control: nobody asked, nobody noticed.
    place.open().close().unwrap();
    // Its owner may go on with it, under another name.
    let store = go_on(&place);
    assert_eq!(check_tree(&store), 101);
    append(&store, producer(1), 100, &plain(1)).unwrap();
}

#[test]
fn another_tree_of_the_same_size_is_refused() {
    let place = Place::new();
    let published = Published::default();
    let store = open_beside(&place, &published).unwrap();
    append_all_of(&store, producer(1), 0, &plain(300));
    let mut other = head(&store);
    other.root = annals_tlog::Hash::of_leaf(b"another");
    published.set(Some(other));
    store.close().unwrap();
    let error = open_beside(&place, &published).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack);
    assert!(error.to_string().contains("300"), "{error}");
}

#[test]
fn rows_that_were_cut_are_refused() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(300));
    let kept = store.evidence().unwrap().root_at(200).unwrap().unwrap();
    seal(&store).unwrap().unwrap();
    store.close().unwrap();
    place.connection().execute("DELETE FROM event WHERE seq >= 200", []).unwrap();
    let error = SqliteStore::open(&place.database, OpenMode::ReadWriteCreate).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack);
    assert!(error.to_string().contains("200") && error.to_string().contains("300"), "{error}");
    // Going on under a new name cuts what went beyond the rows, so that the tree fits them again.
    let store = go_on(&place);
    assert_eq!(check_tree(&store), 201);
    assert_eq!(store.evidence().unwrap().root_at(200).unwrap(), Some(kept));
    assert_eq!(store.evidence().unwrap().checkpoints(0, 10).unwrap(), []);
    // On a busy machine one call takes a part of them.
    let mut left = plain(60);
    while !left.is_empty() {
        let n_taken = append_own(&store, &left).unwrap().n_taken;
        left.drain(..n_taken);
    }
    assert_eq!(check_tree(&store), 261);
}

/// What lost events told of entries is not taken for what others tell that get their numbers later.
#[test]
fn who_read_an_entry_is_cut_with_the_events_that_told_it() {
    let place = Place::new();
    let store = place.open();
    let entry = EntryId::v4([1; 16]);
    let reading = |tool: &str| payloads(&Record::reading(tool, None, &serde_json::Map::new(), &[entry]));
    append(&store, producer(1), 0, &reading("kept")).unwrap();
    for n in 1..40 {
        append(&store, producer(1), n, &reading("lost")).unwrap();
    }
    seal(&store).unwrap().unwrap();
    store.close().unwrap();
    place.connection().execute("DELETE FROM event WHERE seq >= 1", []).unwrap();
    let store = go_on(&place);
    for n in 0..3 {
        append(&store, producer(2), n, &reading("new")).unwrap();
    }
    let mut told = Vec::new();
    let look = &mut |shelf: &mut dyn annals_store::awareness::Shelf| {
        let usage = shelf.usage(&UsageWish { limit: 99, ..UsageWish::default() })?;
        told = usage.into_iter().map(|usage| usage.tool).collect();
        told.push(shelf.readings(&[entry])?[0].n_reads.to_string());
        Ok(())
    };
    store.awareness().unwrap().look("default", look).unwrap();
    assert_eq!(told, ["new", "new", "new", "kept", "4"]);
}

#[test]
fn a_database_smaller_than_its_own_checkpoint_is_refused() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(30));
    seal(&store).unwrap().unwrap();
    store.close().unwrap();
    // Rows and leaves are cut, and one checkpoint was forgotten.
    place
        .connection()
        .execute_batch("DELETE FROM event WHERE seq >= 20; UPDATE tile SET hashes = substr(hashes, 1, 640)")
        .unwrap();
    let error = SqliteStore::open(&place.database, OpenMode::ReadWriteCreate).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack);
    assert!(error.to_string().contains("20") && error.to_string().contains("30"), "{error}");
}

#[test]
fn rows_beyond_the_tree_are_no_events_of_ours() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(30));
    let forge = "INSERT INTO event SELECT 30, randomblob(16), event_type, created_at, recorded_at, occurred_at, space, credential, producer,
        30, phase, outcome, duration_ms, n_redacted, operation_id, user_identity, on_behalf_of, actor_name, agent_version, model, client,
        project_name, plan_id, root_plan_id, session_id, correlation_id, parent_id, traceparent, tool, resource, policy, decision, approver, host,
        erased_by, salt, details FROM event WHERE seq = 29";
    place.connection().execute(forge, []).unwrap();
    let error = append(&store, producer(1), 30, &plain(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "nothing is added behind it: {error}");
    assert_eq!(seal(&store).unwrap_err().kind(), ErrorKind::Corrupt, "and nothing is signed over it");
    store.close().unwrap();
    let error = SqliteStore::open(&place.database, OpenMode::ReadWriteCreate).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(all(&place.read().unwrap()).len(), 31, "reading shows what is there");
}

#[test]
fn a_tree_that_does_not_continue_the_newest_checkpoint_is_never_signed() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(30));
    seal(&store).unwrap().unwrap();
    let hashes: Vec<u8> = place.connection().query_row("SELECT hashes FROM tile", [], |row| row.get(0)).unwrap();
    let mut forged = hashes.clone();
    forged[5] ^= 1;
    let put = |hashes: &[u8]| place.connection().execute("UPDATE tile SET hashes = ?1", [hashes]).unwrap();
    put(&forged);
    append(&store, producer(1), 30, &plain(1)).unwrap();
    let error = seal(&store).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let n: i64 = place.connection().query_row("SELECT count(*) FROM checkpoint", [], |row| row.get(0)).unwrap();
    assert_eq!(n, 1);
    // The control: with the tile as it was, it is signed.
    let mut grown: Vec<u8> = place.connection().query_row("SELECT hashes FROM tile", [], |row| row.get(0)).unwrap();
    grown[5] ^= 1;
    put(&grown);
    assert_eq!(seal(&store).unwrap().map(|sealed| sealed.size), Some(31));
}

/// Buries an event of this producer.
fn bury(store: &SqliteStore, of: ProducerId, pseq: u64) -> u64 {
    let payload = plain(1).remove(0);
    let event = annals_store::Pending { pseq, payload: &payload };
    let refused =
        annals_store::Refused { origin: annals_store::Origin::Producer(of), event, reason: "a test", credential: None };
    store.bury(&refused).unwrap().unwrap()
}

#[test]
fn what_the_tables_beside_the_log_know_of_rows_that_were_cut_is_cut_too() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(100));
    append_all_of(&store, producer(2), 0, &plain(3));
    append_all_of(&store, producer(1), 100, &plain(50));
    append_all_of(&store, producer(3), 0, &plain(5));
    let intent = Event::new("tool.invoked").operation("op-1").phase(Phase::Intent);
    append(&store, producer(1), 150, &payloads(&[intent, Event::new("session.created").session("s-1")])).unwrap();
    assert_eq!((bury(&store, producer(1), 152), bury(&store, producer(4), 0)), (160, 161));
    append_all_of(&store, producer(1), 153, &plain(1));
    store.close().unwrap();
    let connection = place.connection();
    connection
        .execute_batch(
            "DELETE FROM event WHERE seq >= 120;
            INSERT INTO commitment (seq, who) VALUES (110, x'01'), (125, x'01');
            INSERT INTO emptied (by_seq, seq) VALUES (119, 1), (120, 1)",
        )
        .unwrap();
    let store = go_on(&place);
    let next = |n| store.mark(producer(n)).unwrap().next_pseq;
    assert_eq!((next(1), next(2), next(3), next(4)), (117, 3, 0, 0));
    let n_of = |table: &str| -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((n_of("commitment"), n_of("emptied"), n_of("open_session"), n_of("open_operation")), (1, 1, 0, 0));
    // What was put aside is held nowhere else, and so declared anew.
    let letters: Vec<(i64, i64)> = connection
        .prepare("SELECT gap_seq, pseq FROM dead_letter ORDER BY gap_seq")
        .and_then(|mut letters| letters.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .unwrap();
    assert_eq!(letters, [(121, 152), (122, 0)]);
    assert_eq!(all(&store)[121].event_type, "audit.gap");
    assert_eq!(check_tree(&store), 123);
    // Whoever still has what was lost delivers it.
    append_all_of(&store, producer(1), 117, &plain(33));
    append_all_of(&store, producer(3), 0, &plain(5));
    assert_eq!(check_tree(&store), 161);
}

#[test]
fn a_mark_of_a_producer_whose_rows_were_pruned_stays() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(100));
    append_all_of(&store, producer(2), 0, &plain(100));
    store.close().unwrap();
    place.connection().execute("DELETE FROM event WHERE seq < 100 OR seq >= 150", []).unwrap();
    let store = go_on(&place);
    assert_eq!(store.mark(producer(1)).unwrap().next_pseq, 100);
    assert_eq!(store.mark(producer(2)).unwrap().next_pseq, 50);
}
