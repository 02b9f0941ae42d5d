//! Copies of a database while it is in use.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{ErrorKind, EventStore};

use crate::support::{Place, all, append, append_all_of, check_dense, plain, producer};

fn opened(path: &std::path::Path) -> SqliteStore {
    SqliteStore::open(path, OpenMode::ReadOnly).unwrap()
}

#[test]
fn a_copy_is_of_one_moment_while_others_write() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(500));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut next = 500;
            while !stop.load(Ordering::Relaxed) {
                append_all_of(&store, producer(1), next, &plain(7));
                next += 7;
            }
            next
        });
        let mut n_before = 500;
        for n in 0..5 {
            let path = place.folder.path().join(format!("copy-{n}.db"));
            store.copy_to(&path).unwrap();
            let copy = opened(&path);
            let events = all(&copy);
            check_dense(&events);
            assert!(events.len() >= n_before, "a later copy has no less");
            n_before = events.len();
            let standing = copy.evidence().unwrap().standing().unwrap();
            assert_eq!(standing.tree.size, events.len() as u64, "rows and tree of one moment");
            assert_eq!(copy.log_ids(), store.log_ids());
        }
        stop.store(true, Ordering::Relaxed);
        assert!(n_before as u64 <= writing.join().unwrap());
    });
}

#[test]
fn a_copy_is_one_file_for_its_owner_alone() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(10));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    store.copy_to(&path).unwrap();
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["copy.db"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // It goes on like any other database.
    let copy = SqliteStore::open(&path, OpenMode::ReadWriteCreate).unwrap();
    append(&copy, producer(1), 10, &plain(1)).unwrap();
    assert_eq!(copy.evidence().unwrap().standing().unwrap().tree.size, 11);
}

#[test]
fn nothing_is_ever_overwritten() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(10));
    let path = place.folder.path().join("taken");
    for content in [&b""[..], b"mine"] {
        fs::write(&path, content).unwrap();
        assert_eq!(store.copy_to(&path).unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    assert_eq!(store.copy_to(&place.database).unwrap_err().kind(), ErrorKind::Invalid);
    let nowhere = place.folder.path().join("no/copy.db");
    assert_eq!(store.copy_to(&nowhere).unwrap_err().kind(), ErrorKind::NotFound);
    check_dense(&all(&store));
}

#[test]
fn who_only_reads_can_copy_and_leaves_nothing_behind() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(10));
    let folder = tempfile::tempdir().unwrap();
    // Once beside a writer, once of a file at rest.
    place.read().unwrap().copy_to(&folder.path().join("beside.db")).unwrap();
    store.close().unwrap();
    let before = fs::read(&place.database).unwrap();
    place.read().unwrap().copy_to(&folder.path().join("at-rest.db")).unwrap();
    assert_eq!(fs::read(&place.database).unwrap(), before);
    for name in ["beside.db", "at-rest.db"] {
        assert_eq!(all(&opened(&folder.path().join(name))).len(), 10, "{name}");
    }
}
