//! What follows a commit whose outcome is unknown.

use std::fs;
use std::sync::{Arc, Mutex};

use annals_event::{Event, EventId, ProducerId, Stamp, Timestamp, encode_own};
use annals_store::{Batch, ErrorKind, LogId, Opening, Origin, Outside, Pending, Sheds};
use annals_tlog::TreeHead;

use super::Writer;
use crate::append;
use crate::location::Location;

fn place() -> (tempfile::TempDir, Location) {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::new(&folder.path().join("annals.db")).unwrap();
    (folder, location)
}

fn append_one(writer: &Writer, pseq: u64) -> Result<Option<u64>, annals_store::Error> {
    let mut payload = Vec::new();
    let id = EventId::v7(Timestamp::from_nanos(0), pseq);
    let stamp = Stamp { id, created_at: Timestamp::from_nanos(0), space: "default", credential: "uid:1", begun: false };
    encode_own(&Event::new("plan_applied"), &stamp, &mut payload);
    let batch = Batch {
        origin: Origin::Producer(ProducerId::from_bytes([1; 16])),
        events: &[Pending { pseq, payload: &payload }],
        gaps: &[],
        sheds: Sheds::default(),
        credential: None,
    };
    append::append(writer, &batch).map(|appended| appended.seqs[0])
}

/// As an error of `COMMIT` leaves it.
fn bring_into_doubt(writer: &Writer) {
    let mut state = writer.lock();
    state.connection = None;
    state.in_doubt = true;
}

#[test]
fn a_doubtful_commit_is_made_certain_before_anything_counts_again() {
    let (_folder, location) = place();
    let writer = Writer::open(&location, Opening::default()).unwrap();
    // Another connection keeps the WAL in being while the writer's is dropped.
    let other = crate::connection::reader(&location).unwrap();
    for pseq in 0..200 {
        append_one(&writer, pseq).unwrap();
    }
    let before = fs::metadata(&location.wal).unwrap().len();
    bring_into_doubt(&writer);
    assert_eq!(append_one(&writer, 199).unwrap(), None, "the mark tells that it happened");
    assert_eq!(append_one(&writer, 200).unwrap(), Some(200));
    let after = fs::metadata(&location.wal).unwrap().len();
    assert!(after < before, "the WAL was copied back and emptied: {before} bytes before, {after} after");
    assert!(!writer.lock().in_doubt);
    drop(other);
}

#[test]
fn while_a_reader_prevents_that_nothing_is_taken() {
    let (_folder, location) = place();
    let writer = Writer::open(&location, Opening::default()).unwrap();
    append_one(&writer, 0).unwrap();
    let reader = crate::connection::reader(&location).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM event").unwrap();
    bring_into_doubt(&writer);
    assert_eq!(append_one(&writer, 1).unwrap_err().kind(), ErrorKind::Busy);
    assert!(writer.lock().in_doubt, "still in doubt");
    reader.execute_batch("ROLLBACK").unwrap();
    assert_eq!(append_one(&writer, 1).unwrap(), Some(1));
}

/// How many events the database file holds without its WAL.
fn n_copied_back(location: &Location) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    fs::copy(&location.database, &copy).unwrap();
    let connection = rusqlite::Connection::open(copy).unwrap();
    connection.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap()
}

#[test]
fn settling_copies_back_what_somebody_else_has_left_in_the_wal() {
    let (_folder, location) = place();
    let other = Writer::open(&location, Opening::default()).unwrap();
    // The tables are in the file before, so that the copy can be read.
    other.settle().unwrap();
    append_one(&other, 0).unwrap();
    assert_eq!(n_copied_back(&location), 0, "a commit goes to the WAL alone");
    let writer = Writer::open(&location, Opening::default()).unwrap();
    writer.settle().unwrap();
    assert_eq!(n_copied_back(&location), 1);
    assert_eq!(fs::metadata(&location.wal).unwrap().len(), 0, "the WAL is empty");
    assert_eq!(append_one(&other, 1).unwrap(), Some(1));
    assert_eq!(append_one(&writer, 2).unwrap(), Some(2));
}

#[test]
fn settling_beside_a_reader_says_so_and_takes_nothing_away() {
    let (_folder, location) = place();
    let writer = Writer::open(&location, Opening::default()).unwrap();
    append_one(&writer, 0).unwrap();
    let reader = crate::connection::reader(&location).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM event").unwrap();
    assert_eq!(writer.settle().unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(append_one(&writer, 1).unwrap(), Some(1), "recording goes on");
    reader.execute_batch("ROLLBACK").unwrap();
    writer.settle().unwrap();
    assert_eq!(n_copied_back(&location), 2);
}

/// What was published, as a test says, and how often anybody asked.
#[derive(Debug, Default)]
struct Published(Mutex<(Option<TreeHead>, usize)>);

impl Outside for Published {
    fn newest(&self, _log: LogId) -> Result<Option<TreeHead>, annals_store::Error> {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        Ok(state.0)
    }
}

#[test]
fn a_reconnect_asks_the_outside_before_anything_counts_again() {
    let (_folder, location) = place();
    let published = Arc::new(Published::default());
    let opening = Opening::default().with_outside(Arc::<Published>::clone(&published));
    let writer = Writer::open(&location, opening).unwrap();
    assert_eq!(published.0.lock().unwrap().1, 1, "asked at the opening");
    append_one(&writer, 0).unwrap();
    assert_eq!(published.0.lock().unwrap().1, 1, "and by no append");
    let head = writer.inspect(|connection| Ok(crate::tree::head_at(connection, 1).unwrap())).unwrap();

    for forged in [TreeHead { size: 2, ..head }, TreeHead { root: annals_tlog::Hash::EMPTY_ROOT, ..head }] {
        published.0.lock().unwrap().0 = Some(forged);
        bring_into_doubt(&writer);
        assert_eq!(append_one(&writer, 1).unwrap_err().kind(), ErrorKind::RolledBack);
        assert_eq!(append_one(&writer, 1).unwrap_err().kind(), ErrorKind::RolledBack, "and again");
    }
    published.0.lock().unwrap().0 = Some(head);
    assert_eq!(append_one(&writer, 1).unwrap(), Some(1));
    assert_eq!(append_one(&writer, 2).unwrap(), Some(2));
}

#[test]
fn a_transaction_that_failed_leaves_no_tree_in_memory() {
    let (_folder, location) = place();
    let writer = Writer::open(&location, Opening::default()).unwrap();
    append_one(&writer, 0).unwrap();
    assert!(writer.lock().scratch.tree.is_some());
    append_one(&writer, 7).unwrap_err();
    assert!(writer.lock().scratch.tree.is_none(), "a jump");
    append_one(&writer, 1).unwrap();
    bring_into_doubt(&writer);
    append_one(&writer, 2).unwrap();
    let size = writer.inspect(|connection| Ok(crate::tree::size(connection).unwrap())).unwrap();
    assert_eq!(size, 3);
}
