//! Every byte of a small log, with one bit the other way: it is reported, or the export is byte for byte the same. Never a panic, and never without an end.
//!
//! One random bit of each byte, in four tests of every fourth byte each, since no test may take minutes on end; every bit where `ANNALS_FULL` is set. The command's own export is tried in its own tests, on fewer bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use annals::verify::{Options, verify};
use annals::{Audit, Error, Filter, Limit, Mode, Order, PageRequest, Settings};
use annals_testkit::{keep_line, rounds};
use rusqlite::Connection;

use super::support::{copied, database, event};

/// Far longer than one look at twenty events takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Twenty events in pages of 512 bytes, some of them in the WAL alone, and their checkpoints beside it.
fn small_log() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings::new(data.path()).mode(Mode::Synchronous);
    let audit = Audit::with_settings(&settings).unwrap();
    (0..19).for_each(|n| drop(audit.record(event(n)).unwrap()));
    audit.close().unwrap();
    let connection = Connection::open(database(data.path())).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM; PRAGMA journal_mode = WAL")
        .unwrap();
    drop(connection);
    // A reader keeps the WAL from being put back when the writer closes.
    let reader = Connection::open(database(data.path())).unwrap();
    let _: i64 = reader.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    let audit = Audit::with_settings(&settings).unwrap();
    audit.record(event(19)).unwrap();
    audit.close().unwrap();
    let copy = copied(data.path());
    assert!(fs::metadata(copy.path().join("annals.db-wal")).unwrap().len() > 0, "the WAL is a part of this");
    copy
}

/// The export: every event by its number, a line of JSON each.
fn exported(data: &Path) -> Result<String, Error> {
    let audit = Audit::with_settings(&Settings::new(data).mode(Mode::ReadOnly))?;
    let mut request = PageRequest { limit: Limit::MAX, order: Order::Oldest, ..PageRequest::default() };
    let mut lines = String::new();
    loop {
        let page = audit.query(&Filter::new(), &request)?;
        for event in &page.events {
            annals_event::json::write(event, &mut lines);
            lines.push('\n');
        }
        match page.cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => return Ok(lines),
        }
    }
}

/// The files with evidence in them.
fn files(data: &Path) -> Vec<PathBuf> {
    let mut files = vec![database(data), data.join("annals.db-wal")];
    for folder in fs::read_dir(data.join("checkpoints")).unwrap() {
        let entries = fs::read_dir(folder.unwrap().path()).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.file_name().is_some_and(|name| name != "lock")));
    }
    files.sort();
    files
}

/// Whether verifying reports something, or can't look, which it then says.
fn is_reported(data: &Path) -> bool {
    verify(&database(data), &Options::default(), &mut |_| ()).map_or(true, |report| report.verdict().is_some())
}

/// In how many tests the bytes are tried.
const N_PARTS: usize = 4;

/// One bit of one file.
#[derive(Clone, Copy, Debug)]
struct Flip {
    file: usize,
    at: usize,
    bit: u32,
}

/// Those of every fourth byte from this one on: all, or one by chance.
fn flips(log: &Path, first: usize) -> Vec<Flip> {
    let n_bits = u32::try_from(rounds(1, 8)).unwrap();
    let (mut flips, mut throw) = (Vec::new(), 1_u64);
    for (file, path) in files(log).iter().enumerate() {
        for at in 0..usize::try_from(fs::metadata(path).unwrap().len()).unwrap() {
            throw = throw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let thrown = u32::try_from(throw >> 61).unwrap();
            let n_bits = if at % N_PARTS == first { n_bits } else { 0 };
            flips.extend((0..n_bits).map(|bit| Flip { file, at, bit: (thrown + bit) % 8 }));
        }
    }
    flips
}

/// The log whose bits are turned, and what it shows while nobody touches it.
struct Log<'a> {
    folder: &'a Path,
    exported: String,
}

/// Turns one bit after the other in a copy of the log, and answers how many were reported.
fn turn(log: &Log<'_>, flips: &[Flip], next: &AtomicUsize, begun: &mpsc::Sender<Flip>) -> usize {
    let names: Vec<PathBuf> =
        files(log.folder).iter().map(|file| file.strip_prefix(log.folder).unwrap().to_path_buf()).collect();
    let originals: Vec<Vec<u8>> = names.iter().map(|name| fs::read(log.folder.join(name)).unwrap()).collect();
    let folder = copy_of(log.folder);
    let opened: Vec<File> =
        names.iter().map(|name| OpenOptions::new().write(true).open(folder.path().join(name)).unwrap()).collect();
    let mut n_reported = 0;
    while let Some(flip) = flips.get(next.fetch_add(1, Ordering::Relaxed)) {
        let Flip { file, at, bit } = *flip;
        let put = |byte: u8| opened[file].write_all_at(&[byte], at as u64).unwrap();
        let _ = begun.send(*flip);
        put(originals[file][at] ^ 1 << bit);
        if is_reported(folder.path()) {
            n_reported += 1;
        } else {
            let now = exported(folder.path()).map_err(|error| error.to_string());
            assert_eq!(now.as_deref(), Ok(&*log.exported), "{flip:?} in `{}`", names[file].display());
        }
        put(originals[file][at]);
        // What readers share among themselves would outlive the change that they saw.
        let _ = fs::remove_file(folder.path().join("annals.db-shm"));
    }
    for (name, original) in names.iter().zip(&originals) {
        assert!(fs::read(folder.path().join(name)).unwrap() == *original, "verifying wrote into `{}`", name.display());
    }
    n_reported
}

#[test]
fn a_flipped_bit_is_reported_or_changes_nothing_that_is_exported() {
    each_is_reported_or_changes_nothing(0);
}

#[test]
fn so_is_one_of_the_second_bytes() {
    each_is_reported_or_changes_nothing(1);
}

#[test]
fn so_is_one_of_the_third_bytes() {
    each_is_reported_or_changes_nothing(2);
}

#[test]
fn so_is_one_of_the_fourth_bytes() {
    each_is_reported_or_changes_nothing(3);
}

fn each_is_reported_or_changes_nothing(first: usize) {
    let folder = small_log();
    let log = Log { folder: folder.path(), exported: exported(folder.path()).unwrap() };
    assert_eq!(log.exported.lines().filter(|line| line.contains("tool.invoked")).count(), 20);
    assert!(!is_reported(copied(log.folder).path()), "the log itself is sound");
    let flips = flips(log.folder, first);
    let (next, (begun, heard)) = (AtomicUsize::new(0), mpsc::channel());
    let n_reported: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let begun = begun.clone();
                let (log, flips, next) = (&log, &flips, &next);
                scope.spawn(move || turn(log, flips, next, &begun))
            })
            .collect();
        drop(begun);
        let mut last = None;
        loop {
            match heard.recv_timeout(PATIENCE) {
                Ok(flip) => last = Some(flip),
                Err(RecvTimeoutError::Disconnected) => break,
                // Whoever waited for one that hangs would wait for ever.
                Err(RecvTimeoutError::Timeout) => {
                    let _ = writeln!(io::stderr(), "verifying hangs; the last that began: {last:?}");
                    std::process::abort();
                }
            }
        }
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert!(n_reported * 4 > flips.len(), "{n_reported} of {} reported: most of a log is evidence", flips.len());
    let unchanged = flips.len() - n_reported;
    keep_line(&format!(
        "- Bit flips: {} tried, {n_reported} reported, {unchanged} changed nothing that is exported.",
        flips.len()
    ));
}

/// A copy of what evidence is in, where files need no disk if there is such a place.
fn copy_of(data: &Path) -> tempfile::TempDir {
    let shared = Path::new("/dev/shm");
    let place = if shared.is_dir() { shared.to_path_buf() } else { std::env::temp_dir() };
    let folder = tempfile::Builder::new().prefix("flip").tempdir_in(place).unwrap();
    for file in files(data) {
        let target = folder.path().join(file.strip_prefix(data).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
    folder
}
