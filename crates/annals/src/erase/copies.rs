//! Whether another file of the data directory still holds what was erased: a database that a restore put aside, a backup that somebody keeps there, what a killed command left.
//!
//! Nobody asked to have those changed, and a copy that was emptied would be no copy any more, so they are named and left. A database is asked what the erasure would take from it; of
//! anything else the bytes are searched, as those of a journal that can't be read are.
//!
//! Where the database lies elsewhere, only what has its name and more is looked at there: the folder is not ours.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use annals_event::EventId;
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{Erasure, EventStore, Selection};

use super::PendingBytes;
use super::journals::is_like_it;
use crate::place::Place;

/// How a database's file begins.
const DATABASE: &[u8] = b"SQLite format 3\0";
/// What SQLite and Annals keep beside a database, and the keys; what the database keeps is its own store's to tell.
const BESIDE: [&str; 5] = ["", "-wal", "-shm", "-turn", "-write"];
/// So many bytes are searched at a time.
const CHUNK: usize = 1 << 20;

/// The files, each with what it holds.
pub(super) fn pending(place: &Place, erasure: &Erasure, ids: &HashSet<EventId>) -> Vec<PendingBytes> {
    let mut files = Vec::new();
    let data = place.data();
    collect(data, &mut files, &|path| path != place.journals() && path != data.join("checkpoints"));
    // Copies of a database of PostgreSQL are its server's, and nobody looks for them here.
    let database = place.file();
    let name = database.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(folder) = database.and_then(Path::parent).filter(|folder| !folder.starts_with(data)) {
        let mut beside = Vec::new();
        collect(folder, &mut beside, &|_| false);
        let is_copy = |path: &PathBuf| {
            path.file_name().is_some_and(|found| found.to_string_lossy().starts_with(&format!("{name}.")))
        };
        files.extend(beside.into_iter().filter(is_copy));
    }
    let beside = |database: &Path, suffix: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    };
    let own: HashSet<PathBuf> =
        database.into_iter().flat_map(|database| BESIDE.iter().map(move |suffix| beside(database, suffix))).collect();
    files.sort();
    files.dedup();
    files.into_iter().filter(|file| !own.contains(file)).filter_map(|file| look(file, erasure, ids)).collect()
}

/// Every file of a folder, and of those below it into which `goes` allows to go. What a link leads to lies elsewhere.
fn collect(folder: &Path, files: &mut Vec<PathBuf>, goes: &dyn Fn(&Path) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_file() => files.push(path),
            Ok(kind) if kind.is_dir() && goes(&path) => collect(&path, files, goes),
            _ => {}
        }
    }
}

fn look(file: PathBuf, erasure: &Erasure, ids: &HashSet<EventId>) -> Option<PendingBytes> {
    match holds(&file, erasure, ids) {
        Ok(Holds::Nothing) => None,
        Ok(Holds::Events(n_events)) => Some(PendingBytes::Copy { path: file, n_events: Some(n_events) }),
        Ok(Holds::SomethingLikeIt) => Some(PendingBytes::Copy { path: file, n_events: None }),
        // It went meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(PendingBytes::Failed(format!("`{}` can't be looked through: {error}", file.display()))),
    }
}

/// What a file holds of the erased.
enum Holds {
    Nothing,
    Events(u64),
    SomethingLikeIt,
}

fn holds(path: &Path, erasure: &Erasure, ids: &HashSet<EventId>) -> io::Result<Holds> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(DATABASE.len() as u64).read_to_end(&mut bytes)?;
    if bytes == DATABASE
        && let Some(n) = meant_in(path, erasure)
    {
        return Ok(if n > 0 { Holds::Events(n) } else { Holds::Nothing });
    }
    // What is sought may begin in one part and end in the next.
    let overlap = match &erasure.what {
        Selection::User(user) => user.len().max(16),
        _ => 16,
    };
    loop {
        let n_read = Read::by_ref(&mut file).take(CHUNK as u64).read_to_end(&mut bytes)?;
        if is_like_it(&bytes, &erasure.what, ids) {
            return Ok(Holds::SomethingLikeIt);
        }
        if n_read == 0 {
            return Ok(Holds::Nothing);
        }
        bytes.drain(..bytes.len().saturating_sub(overlap));
    }
}

/// What the erasure would take from a copy of the database; nothing where it can't be read as one.
fn meant_in(path: &Path, erasure: &Erasure) -> Option<u64> {
    let store = SqliteStore::open(path, OpenMode::ReadOnly).ok()?;
    let plan = store.erasing()?.plan_erasure(erasure).ok()?;
    Some(plan.n_events + plan.n_dead_letters)
}
