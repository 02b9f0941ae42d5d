//! The way back: a backup takes the log's place and goes on under a new origin.
//!
//! All that can fail is done on a copy beside the database: verifying, renaming the log, recording that it goes on. Then one rename puts the copy in its place, so that at no moment
//! there is half a database or none, where the next process that records would begin a new log. The new key is on disk before that; whoever seals next finds it by the log's name.

use std::fs;
use std::path::{Path, PathBuf};

use annals_event::ProducerId;
use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::{Continuation, EventStore, Kept, LogId, origin_of};

use super::{Unnamed, random};
use crate::keys::NotInForce;
use crate::place::Place;
use crate::verify::{Options, Progress, Report, Verdict, verify};
use crate::{Audit, Error, ErrorKind, Settings, WaitingState, files, identity, keys};

/// A backup that became the log.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Restored {
    /// How many events it brought; the next one says that the log goes on.
    pub n_events: u64,
    /// The origin that it had.
    pub old_origin: String,
    /// The origin under which it goes on.
    pub origin: String,
    /// Where the database lies that was there before.
    pub aside: Option<PathBuf>,
    /// What is left to be done, by the next process that records: the first checkpoint could not be signed.
    pub remark: Option<String>,
}

/// What to do with the database that is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// It stays, and nothing is restored.
    Keep,
    /// It is put aside under another name.
    PutAside,
}

/// Puts a backup in the place of the database that these settings name, under a new origin, and records that.
///
/// The backup is verified first, and held against the checkpoints that are published of its log, as far as it goes. Errors: `Corrupt` for one that is not sound, `Invalid` where there
/// is a database and it is to stay, `Busy` while a process records into it; then everything is as it was.
pub fn restore(
    settings: &Settings,
    file: &Path,
    existing: Existing,
    progress: &mut dyn FnMut(Progress),
) -> Result<Restored, Error> {
    let place = Place::new(settings.data(), settings.values.database_url.as_deref())?;
    let database = place.database().needs_file()?.to_path_buf();
    there_is_something(file)?;
    let has_one = database.symlink_metadata().is_ok();
    if has_one && existing == Existing::Keep {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("`{}` is there already (hint: `--replace` puts it aside)", database.display()),
        ));
    }
    if has_one {
        nobody_records(settings)?;
    }
    let report = verify(file, &Options::default().published_in(settings.data()), progress)?;
    sound_as_far_as_it_goes(&report, file)?;
    place.make()?;
    let copy = Unnamed::beside(&database)?;
    SqliteStore::open(file, OpenMode::ReadOnly)?.copy_to(&copy.0)?;
    let (old, log, key) = go_on(&place, &copy.0, report.checkpoint.as_deref())?;
    let aside = match take_the_place(settings, copy, &database, has_one) {
        Ok(aside) => aside,
        Err(error) => {
            place.keys().discard(&key);
            return Err(error);
        }
    };
    let (old_origin, origin) = (origin_of(old).to_string(), origin_of(log).to_string());
    let remark = seal(settings).err().map(|error| format!("the log is restored and not sealed yet: {error}"));
    Ok(Restored { n_events: report.n_events, old_origin, origin, aside, remark })
}

/// What is wrong with the data directory's database would be told otherwise of a file that somebody only misspelt.
fn there_is_something(file: &Path) -> Result<(), Error> {
    let problem = match file.metadata() {
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => "is empty",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "is not there",
        _ => return Ok(()),
    };
    Err(Error::new(
        ErrorKind::NotFound,
        format!("`{}` {problem} (hint: name a file that `annals backup` wrote)", file.display()),
    ))
}

/// That the outside knows more than a backup is what backups are for; anything else is an accusation.
fn sound_as_far_as_it_goes(report: &Report, file: &Path) -> Result<(), Error> {
    match report.findings.iter().find(|finding| finding.verdict != Verdict::RolledBack) {
        None => Ok(()),
        Some(finding) => Err(Error::new(
            ErrorKind::Corrupt,
            format!("`{}` is not sound, {}: {}", file.display(), finding.verdict, finding.text),
        )),
    }
}

/// Gives the copy the database's name; what had it keeps another.
fn take_the_place(
    settings: &Settings,
    copy: Unnamed,
    database: &Path,
    has_one: bool,
) -> Result<Option<PathBuf>, Error> {
    if !has_one {
        // One that somebody made meanwhile stays.
        return copy.name(database).map(|()| None);
    }
    nobody_records(settings)?;
    let aside = put_aside(database)?;
    files::replace(&copy.0, database)?;
    Ok(Some(aside))
}

/// Gives the copy its new name and key: the old name, the new one, and the key's file.
fn go_on(place: &Place, copy: &Path, verified: Option<&str>) -> Result<(LogId, LogId, NotInForce), Error> {
    let store = SqliteStore::open(copy, OpenMode::ReadWriteCreate)?;
    let evidence = store.evidence().ok_or_else(crate::proof::no_evidence)?;
    let old = store.log_ids().0;
    let published = place.published().newest(old).ok().flatten();
    let known = crate::seal::keys_of(&evidence.standing()?);
    let late_keys = place.published().late_keys(old, &known).unwrap_or_default();
    let log = LogId::from_bytes(keys::random_name()?);
    let (key, not_in_force) = place.keys().make_for(log)?;
    let gone_on = evidence.continue_as(&Continuation {
        log,
        own_producer: ProducerId::from_bytes(keys::random_name()?),
        key: key.verifier(),
        reason: "restored",
        last_known: published.as_ref().map(|published| published.note.as_str()).or(verified),
        late_keys: &late_keys,
        credential: &identity::system_user(),
    });
    let closed = gone_on.and_then(|()| store.close());
    if let Err(error) = closed {
        place.keys().discard(&not_in_force);
        return Err(error.into());
    }
    Ok((old, log, not_in_force))
}

/// Gives the database another name too; the copy takes the first one from it.
fn put_aside(database: &Path) -> Result<PathBuf, Error> {
    let beside = |suffix: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    // Closing as the last one brings the WAL into the file. A database that can't be opened any more is put aside as it is.
    if let Ok(store) = SqliteStore::open(database, OpenMode::ReadWriteCreate) {
        let _ = store.settle();
        store.close()?;
        if beside("-wal").symlink_metadata().is_ok() {
            return Err(Error::new(
                ErrorKind::Busy,
                format!("another process has `{}` open (hint: end it first)", database.display()),
            ));
        }
    }
    let stamp = format!("{:016x}", u64::from_ne_bytes(random()?));
    let aside = beside(&format!(".replaced-{stamp}"));
    fs::hard_link(database, &aside).map_err(|error| files::explain(&aside, "could not be made", error))?;
    // What SQLite keeps beside the old file must not be taken for the new one's.
    for suffix in ["-wal", "-shm"] {
        let mut name = aside.as_os_str().to_owned();
        name.push(suffix);
        match fs::rename(beside(suffix), &name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(files::explain(&beside(suffix), "could not be put aside", error).into());
            }
            _ => {}
        }
    }
    Ok(aside)
}

/// Signs the first checkpoint of the new origin, which leads from the old key to the new one where the old one is at hand.
fn seal(settings: &Settings) -> Result<(), Error> {
    let audit = Audit::with_settings(&settings.clone().mode(crate::Mode::Synchronous))?;
    audit.core().seal_now(Kept::Named)?;
    audit.close()
}

/// Refuses while a process has a journal for this database.
fn nobody_records(settings: &Settings) -> Result<(), Error> {
    let audit = Audit::with_settings(&settings.clone().mode(crate::Mode::ReadOnly))?;
    if audit.waiting()?.iter().any(|journal| journal.state == WaitingState::Live) {
        return Err(Error::new(
            ErrorKind::Busy,
            "a process records into this database (hint: end it first; `annals health` shows whose journals are there)",
        ));
    }
    Ok(())
}
