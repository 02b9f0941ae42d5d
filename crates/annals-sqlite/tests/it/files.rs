//! Files: what is made, what is left, and what is refused.

use std::ffi::OsStr;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use annals_event::Column;
use annals_sqlite::{MIGRATIONS, OpenMode, SqliteStore};
use annals_store::{Error, ErrorKind, EventStore, Filter, PageRequest};
use annals_testkit::SmallDisk;

use crate::support::{Place, append, append_all_of, plain, producer};

fn refused(path: &Path, mode: OpenMode) -> Error {
    SqliteStore::open(path, mode).expect_err("this must not open")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The files of a folder that this process has open.
fn open_files(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.canonicalize().unwrap();
    fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter(|target| target.starts_with(&folder))
        .collect()
}

#[test]
fn close_releases_every_file_and_leaves_no_wal() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(100));
    store.count(&Filter::new()).unwrap();
    assert!(!open_files(place.folder.path()).is_empty(), "the test sees open files");
    store.close().unwrap();
    assert_eq!(open_files(place.folder.path()), Vec::<PathBuf>::new());
    assert_eq!(names(place.folder.path()), ["annals.db", "annals.db-turn", "annals.db-write"]);
}

#[test]
fn dropping_releases_every_file_too() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    store.head().unwrap();
    drop(store);
    assert_eq!(open_files(place.folder.path()), Vec::<PathBuf>::new());
    assert_eq!(names(place.folder.path()), ["annals.db", "annals.db-turn", "annals.db-write"]);
}

#[test]
fn reading_makes_nothing_and_leaves_nothing() {
    let place = Place::new();
    let error = place.read().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("annals.db") && text.contains("hint:"), "{text}");
    assert_eq!(names(place.folder.path()), Vec::<String>::new());

    place.open().close().unwrap();
    let before = names(place.folder.path());
    let bytes = fs::read(&place.database).unwrap();
    let reader = place.read().unwrap();
    assert_eq!(reader.count(&Filter::new()).unwrap(), 0);
    assert_eq!(append(&reader, producer(1), 0, &plain(1)).unwrap_err().kind(), ErrorKind::ReadOnly);
    reader.close().unwrap();
    assert_eq!(names(place.folder.path()), before);
    assert_eq!(fs::read(&place.database).unwrap(), bytes);
}

#[test]
fn a_store_that_only_reads_sees_a_writer_come_and_go() {
    let place = Place::new();
    place.open().close().unwrap();
    let reader = place.read().unwrap();
    for n in 0..20 {
        assert_eq!(reader.head().unwrap().n_events, n);
        let store = place.open();
        append(&store, producer(1), n, &plain(1)).unwrap();
        assert_eq!(reader.head().unwrap().n_events, n + 1);
        store.close().unwrap();
    }
    assert_eq!(reader.count(&Filter::new()).unwrap(), 20);
}

#[test]
fn reading_beside_a_writer_sees_its_commits_and_leaves_its_wal() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(3)).unwrap();
    let reader = place.read().unwrap();
    assert_eq!(reader.log_ids(), store.log_ids());
    assert_eq!(reader.head().unwrap().n_events, 3);
    append(&store, producer(1), 3, &plain(1)).unwrap();
    assert_eq!(reader.head().unwrap().n_events, 4);
    reader.close().unwrap();
    append(&store, producer(1), 4, &plain(1)).unwrap();
    assert_eq!(store.head().unwrap().n_events, 5);
}

#[test]
fn reading_what_a_killed_writer_left_sees_its_commits() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(3)).unwrap();
    // A copy of the files as they are now is what a killed process leaves.
    let left = Place::new();
    for name in ["annals.db", "annals.db-wal"] {
        fs::copy(place.folder.path().join(name), left.folder.path().join(name)).unwrap();
    }
    let reader = left.read().unwrap();
    assert_eq!(reader.head().unwrap().n_events, 3);
    reader.close().unwrap();
    assert_eq!(left.open().head().unwrap().n_events, 3);
}

#[test]
fn what_a_killed_writer_left_on_a_full_disk_can_be_read() {
    SmallDisk::run("files::what_a_killed_writer_left_on_a_full_disk_can_be_read", 4 << 20, |disk| {
        let place = Place::new();
        let store = place.open();
        append(&store, producer(1), 0, &plain(3)).unwrap();
        for name in ["annals.db", "annals.db-wal"] {
            fs::copy(place.folder.path().join(name), disk.path().join(name)).unwrap();
        }
        let left = disk.path().join("annals.db");
        let filling = disk.fill();
        let reader = SqliteStore::open(&left, OpenMode::ReadOnly).unwrap();
        assert_eq!(reader.head().unwrap().n_events, 3);
        assert_eq!(reader.query(&Filter::new(), &PageRequest::default()).unwrap().events.len(), 3);
        // Nothing is kept from others by it, and nothing of what was left is gone.
        drop(filling);
        let writer = SqliteStore::open(&left, OpenMode::ReadWriteCreate).unwrap();
        append(&writer, producer(1), 3, &plain(1)).unwrap();
        assert_eq!(reader.head().unwrap().n_events, 4);
    });
}

#[test]
fn a_missing_folder_is_named_with_a_hint() {
    let place = Place::new();
    let path = place.folder.path().join("no/such/annals.db");
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        let error = refused(&path, mode);
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        let text = error.to_string();
        assert!(text.contains("no/such") && text.contains("hint:"), "{text}");
    }
}

#[test]
fn what_is_no_database_is_refused_and_kept() {
    let long = vec![b'x'; 10_000];
    for content in [
        &b"this is no database"[..],
        &long,
        b"SQLite format 3\0 and then nonsense that is no header at all, for long enough to be read as one page or more",
    ] {
        let place = Place::new();
        fs::write(&place.database, content).unwrap();
        for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
            let error = refused(&place.database, mode);
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            assert!(error.to_string().contains("annals.db"), "{error}");
        }
        assert_eq!(fs::read(&place.database).unwrap(), content, "a refused file is not changed");
    }
}

#[test]
fn a_damaged_database_is_refused_and_kept() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(200));
    store.close().unwrap();
    let mut bytes = fs::read(&place.database).unwrap();
    // The schema's own page, behind the header.
    bytes[100..4_096].fill(0x5A);
    fs::write(&place.database, &bytes).unwrap();
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        assert_eq!(refused(&place.database, mode).kind(), ErrorKind::Corrupt);
    }
    assert_eq!(fs::read(&place.database).unwrap(), bytes);
}

#[test]
fn damage_found_while_running_is_told_as_such() {
    let place = Place::new();
    let store = place.open();
    append_all_of(&store, producer(1), 0, &plain(2_000));
    store.close().unwrap();
    // Damaged before, it might be refused when it is opened: where the ids of events lie differs from run to run.
    let store = place.open();
    let length = fs::metadata(&place.database).unwrap().len();
    let page = |part: u64| length * part / 8 / 4_096 * 4_096;
    let mut file = fs::OpenOptions::new().write(true).open(&place.database).unwrap();
    file.seek(SeekFrom::Start(page(4))).unwrap();
    file.write_all(&vec![0x5A; usize::try_from(page(6) - page(4)).unwrap()]).unwrap();
    drop(file);
    let mut filter = Filter::new();
    filter.text = Some("x".into());
    let error = store.count(&filter).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}

#[test]
fn another_programs_database_is_refused_and_kept() {
    let place = Place::new();
    place.connection().execute_batch("CREATE TABLE theirs (a); PRAGMA user_version = 1").unwrap();
    let before = fs::read(&place.database).unwrap();
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        let error = refused(&place.database, mode);
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("another program"), "{error}");
    }
    assert_eq!(fs::read(&place.database).unwrap(), before);
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let place = Place::new();
    place.open().close().unwrap();
    place.connection().pragma_update(None, "user_version", 99).unwrap();
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        let error = refused(&place.database, mode);
        assert_eq!(error.kind(), ErrorKind::NewerFormat);
        let text = error.to_string();
        let ours = MIGRATIONS.last().unwrap().version;
        assert!(text.contains("format 99") && text.contains(&format!("up to {ours}")), "{text}");
    }
}

#[test]
fn another_history_is_refused_by_name() {
    let place = Place::new();
    place.open().close().unwrap();
    place.connection().execute("UPDATE migration SET checksum = 'another'", []).unwrap();
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        let error = refused(&place.database, mode);
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("migration 1 (`record`)"), "{error}");
    }
}

#[test]
fn a_view_in_the_place_of_a_table_is_refused() {
    let place = Place::new();
    place.open().close().unwrap();
    // It would give rows for ever.
    let endless = "ALTER TABLE dead_letter RENAME TO aside; CREATE VIEW dead_letter AS
        WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n)
        SELECT x AS gap_seq, randomblob(16) AS producer, 0 AS pseq, '' AS reason, x'' AS payload FROM n WHERE x < 0";
    place.connection().execute_batch(endless).unwrap();
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        let error = refused(&place.database, mode);
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("views"), "{error}");
    }
}

#[test]
fn an_empty_file_becomes_a_database() {
    let place = Place::new();
    fs::write(&place.database, b"").unwrap();
    assert_eq!(refused(&place.database, OpenMode::ReadOnly).kind(), ErrorKind::NotFound);
    append(&place.open(), producer(1), 0, &plain(1)).unwrap();
    assert_eq!(place.read().unwrap().head().unwrap().n_events, 1);
}

#[test]
fn strange_names_are_names() {
    let folder = tempfile::tempdir().unwrap();
    let strange = [
        OsStr::new("file:a.db?mode=memory"),
        OsStr::new(":memory:"),
        OsStr::new("a b%20#?'\".db"),
        OsStr::new("ü\n.db"),
        OsStr::from_bytes(b"not-utf8-\xff.db"),
        OsStr::new("-leading.db"),
    ];
    for name in strange {
        let path = folder.path().join(name);
        let store = SqliteStore::open(&path, OpenMode::ReadWriteCreate).unwrap();
        append(&store, producer(1), 0, &plain(1)).unwrap();
        store.close().unwrap();
        assert!(path.metadata().unwrap().len() > 0, "{}", path.display());
        assert_eq!(SqliteStore::open(&path, OpenMode::ReadOnly).unwrap().head().unwrap().n_events, 1);
    }
    assert_eq!(names(folder.path()).len(), 3 * strange.len(), "nothing was made elsewhere");
}

#[test]
fn what_names_no_file_is_refused() {
    let place = Place::new();
    let folder = place.folder.path();
    fs::write(folder.join("file"), b"").unwrap();
    for path in
        [PathBuf::new(), PathBuf::from("/"), folder.to_owned(), folder.join("file/annals.db"), folder.join("a\0b")]
    {
        for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
            let error = refused(&path, mode);
            assert!(!matches!(error.kind(), ErrorKind::Panicked | ErrorKind::Busy), "{error}");
        }
    }
    assert_eq!(names(folder), ["file"]);
}

#[test]
fn a_link_leads_to_one_database_and_one_queue() {
    let place = Place::new();
    let store = place.open();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.db");
    symlink(&place.database, &link).unwrap();
    let linked = SqliteStore::open(&link, OpenMode::ReadWriteCreate).unwrap();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    append(&linked, producer(2), 0, &plain(1)).unwrap();
    assert_eq!(store.head().unwrap().n_events, 2);
    assert_eq!(names(elsewhere.path()), ["link.db"]);
}

#[test]
fn a_database_that_was_replaced_is_not_written_to_silently() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    fs::rename(&place.database, place.folder.path().join("away.db")).unwrap();
    let error = append(&store, producer(1), 1, &plain(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("replaced"), "{error}");
    fs::rename(place.folder.path().join("away.db"), &place.database).unwrap();
    append(&store, producer(1), 1, &plain(1)).unwrap();
    assert_eq!(store.head().unwrap().n_events, 2);
}

/// The mode of each file in a folder.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mode = |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
    names(folder).into_iter().map(|name| (name.clone(), mode(&name))).collect()
}

#[test]
fn every_file_is_its_owners_alone() {
    let place = Place::new();
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let probe = place.folder.path().join("probe");
    fs::write(&probe, b"").unwrap();
    let unasked = fs::metadata(&probe).unwrap().permissions().mode() & 0o777;
    assert_ne!(unasked, 0o600, "this machine's umask hides what is tested here");
    fs::remove_file(&probe).unwrap();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    let made = ["annals.db", "annals.db-shm", "annals.db-turn", "annals.db-wal", "annals.db-write"];
    assert_eq!(modes(place.folder.path()), made.map(|name| (name.to_owned(), 0o600)));
}

#[test]
fn a_mode_that_was_given_to_a_database_is_kept() {
    let place = Place::new();
    place.open().close().unwrap();
    fs::set_permissions(&place.database, fs::Permissions::from_mode(0o640)).unwrap();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    for (name, mode) in modes(place.folder.path()) {
        // The lock files were there already.
        let is_lock = name.ends_with("-turn") || name.ends_with("-write");
        assert_eq!(mode, if is_lock { 0o600 } else { 0o640 }, "{name}");
    }
}

/// A message is one line that says what is wrong and what to do; neither it nor its cause shows statements.
#[track_caller]
fn tells_of_damage(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let text = error.to_string();
    assert!(text.contains("annals.db` is damaged") && text.contains("hint:") && text.lines().count() == 1, "{text}");
    let all = format!("{error:?}");
    for word in ["SELECT", "INSERT", "FROM", "WHERE"] {
        assert!(!all.contains(word), "{all}");
    }
}

#[test]
fn a_table_without_a_column_is_damage() {
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    store.close().unwrap();
    place.connection().execute_batch("ALTER TABLE event DROP COLUMN host").unwrap();
    let store = place.open();
    tells_of_damage(&store.query(&Filter::new(), &PageRequest::default()).unwrap_err());
    tells_of_damage(&append(&store, producer(1), 1, &plain(1)).unwrap_err());
    assert_eq!(store.head().unwrap().n_events, 1, "what is still understood is still read");
}

#[test]
fn a_missing_table_or_index_is_damage() {
    for table in ["log", "log_history", "migration"] {
        let place = Place::new();
        place.open().close().unwrap();
        place.connection().execute_batch(&format!("DROP TABLE {table}")).unwrap();
        for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
            tells_of_damage(&refused(&place.database, mode));
        }
    }
    let place = Place::new();
    let store = place.open();
    append(&store, producer(1), 0, &plain(1)).unwrap();
    store.close().unwrap();
    place.connection().execute_batch("DROP INDEX event_tool").unwrap();
    let filter = Filter::new().equals(Column::Tool, "Bash");
    tells_of_damage(&place.open().count(&filter).unwrap_err());
}

#[test]
fn a_database_that_was_replaced_is_not_read_silently() {
    for mode in [OpenMode::ReadWriteCreate, OpenMode::ReadOnly] {
        let (place, backup) = (Place::new(), Place::new());
        append(&place.open(), producer(1), 0, &plain(3)).unwrap();
        append(&backup.open(), producer(2), 0, &plain(5)).unwrap();
        let store = SqliteStore::open(&place.database, mode).unwrap();
        if mode == OpenMode::ReadWriteCreate {
            // Something in the WAL, which must not be taken for the other file's.
            append(&store, producer(1), 3, &plain(1)).unwrap();
        }
        let before = store.head().unwrap();
        let away = place.folder.path().join("away.db");
        fs::rename(&place.database, &away).unwrap();
        fs::rename(&backup.database, &place.database).unwrap();
        for _ in 0..2 {
            for error in [store.head().unwrap_err(), store.count(&Filter::new()).unwrap_err()] {
                assert_eq!(error.kind(), ErrorKind::NotFound, "{mode:?}: {error}");
                assert!(error.to_string().contains("replaced"), "{mode:?}: {error}");
            }
        }
        fs::rename(&away, &place.database).unwrap();
        assert_eq!(store.head().unwrap(), before, "{mode:?}: it was put back");
    }
}

#[test]
fn a_folder_without_permission_is_told_with_a_hint() {
    // Root may do everything; then there is nothing to see here but that it opens.
    let place = Place::new();
    place.open().close().unwrap();
    let folder = place.folder.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let is_root = fs::write(folder.join("probe"), b"").is_ok();
    let opened = SqliteStore::open(&folder.join("new.db"), OpenMode::ReadWriteCreate);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    match opened {
        Ok(_) => assert!(is_root),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Permission);
            assert!(error.to_string().contains("hint:"), "{error}");
        }
    }
}
