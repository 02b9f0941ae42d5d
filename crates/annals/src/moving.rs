//! Moving a log, with what agents know, from one database to another, and looking at what arrived.
//!
//! The log keeps its name, its key and its checkpoints, since it is the same log. So there is one place to record into afterwards: what is recorded at the old place then is missing at the new one,
//! and the next copy says so and refuses where both have gone on. Journals need nothing: they name their log, and the marks say what of them is there.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use annals_store::moving::{Copied, Ended, copy};
use annals_store::{LogId, OpenMode, Opening, origin_of};

use crate::place::{Database, Place};
use crate::verify::{Options, Progress, Report, verify_in};
use crate::{Error, ErrorKind, Settings};

/// How far it has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Step {
    /// So many of so many rows are there.
    Copying(Progress),
    /// So many of so many events of the copy were looked at.
    Verifying(Progress),
}

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum State {
    /// All is there.
    Copied,
    /// All was there before.
    WasThere,
    /// Whoever watches stopped it; the next copy goes on.
    Stopped,
}

/// What was moved.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Moved {
    /// How it ended.
    pub state: State,
    /// What the old place is called.
    pub from: String,
    /// What the new place is called, without a password.
    pub to: String,
    /// The log's origin.
    pub origin: String,
    /// How many events the log had when the copy began.
    pub n_events: u64,
    /// How many rows of all tables this call wrote.
    pub n_rows: u64,
    /// The root over all events, which is that of the source and of the copy, in hexadecimal digits; nothing for one that was stopped.
    pub root_hash: Option<String>,
    /// What a verification found in the copy; nothing for one that was stopped.
    pub report: Option<Report>,
    /// How many events were recorded at the old place since.
    pub n_since: u64,
}

/// Copies all of the log at one address into the database at another, or what that lacks, and verifies what is there then.
///
/// Addresses are as [`Settings::database_url`] takes them; without `from`, the log is that in `annals.db` of the data directory, and without `to`, the target is the database that the settings name.
/// `watch` may stop it between two lots of rows, and not once it verifies.
///
/// Errors: `Invalid` for one database as both, `Conflict` for a target that holds another log, or this one with events of its own; `Setting` for what is no address, and what keeps either from being
/// opened, read or written.
pub fn copy_log(
    settings: &Settings,
    from: Option<&str>,
    to: Option<&str>,
    watch: &mut dyn FnMut(Step) -> ControlFlow<()>,
) -> Result<Moved, Error> {
    let data = settings.data();
    let from = database(data, "from", from)?;
    let Some(to) = to.or(settings.values.database_url.as_deref()) else {
        return Err(Error::new(
            ErrorKind::Invalid,
            "no database is named to copy into (hint: give `--to ADDRESS`, or set `ANNALS_DATABASE_URL`)",
        ));
    };
    let to = database(data, "to", Some(to))?;
    if from.identity(data)? == to.identity(data)? {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("{from} is both what is copied and where to (hint: give two addresses)"),
        ));
    }
    let source = from.open(OpenMode::ReadOnly, Opening::default())?;
    let moving = source.moving().ok_or_else(|| Error::new(ErrorKind::Invalid, format!("{from} can't be copied")))?;
    let copied = copy(moving, to.open_to_copy_into()?.as_mut(), &mut |progress| {
        watch(Step::Copying(Progress { n_done: progress.n_done, n_total: progress.n_total }))
    })?;
    let mut moved = moved(&from, &to, &copied);
    if copied.ended == Ended::Stopped {
        return Ok(moved);
    }
    let arrived = to.open(OpenMode::ReadOnly, Opening::default())?;
    let root = arrived.evidence().map(|evidence| evidence.root_at(copied.n_events)).transpose()?.flatten();
    let expected = source.evidence().map(|evidence| evidence.root_at(copied.n_events)).transpose()?.flatten();
    arrived.close()?;
    if root.is_none() || root != expected {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "the first {} events at {to} are others than at {from} (hint: copy into an empty database)",
                copied.n_events
            ),
        ));
    }
    tell_journals(&from, data, copied.log)?;
    moved.root_hash = root.map(|root| root.to_string());
    let options = Options::default().published_in(published_beside(&from, data).as_ref());
    let report = verify_in(&to, &options, &mut |progress| {
        let _ = watch(Step::Verifying(progress));
    })?;
    moved.report = Some(report);
    moved.n_since = source.head()?.n_events.saturating_sub(copied.n_events);
    source.close()?;
    Ok(moved)
}

fn moved(from: &Database, to: &Database, copied: &Copied) -> Moved {
    Moved {
        state: match copied.ended {
            Ended::Whole => State::Copied,
            Ended::WasThere => State::WasThere,
            Ended::Stopped => State::Stopped,
        },
        from: from.to_string(),
        to: to.to_string(),
        origin: origin_of(copied.log).to_string(),
        n_events: copied.n_events,
        n_rows: copied.n_rows,
        root_hash: None,
        report: None,
        n_since: 0,
    }
}

/// The database of an address; a folder is one that a log's file lies in.
fn database(data: &Path, name: &str, address: Option<&str>) -> Result<Database, Error> {
    match Database::of(data, address) {
        Ok(Database::File(path)) if path.is_dir() => Ok(Database::File(path.join("annals.db"))),
        Ok(database) => Ok(database),
        Err(error) => Err(Error::new(error.kind(), error.to_string().replace("`database_url`", &format!("`{name}`")))),
    }
}

/// Has the journals that were left for the old place know that their log has moved: those of the data directory, and those beside the file.
fn tell_journals(from: &Database, data: &Path, log: LogId) -> Result<(), Error> {
    let beside = published_beside(from, data);
    let folders = [data, beside.as_ref()];
    let folders =
        folders.iter().take(if beside == data { 1 } else { 2 }).filter(|folder| folder.join("journal").is_dir());
    for folder in folders {
        Place::at(folder, from)?.moves_away(log)?;
    }
    Ok(())
}

/// Where the checkpoints are published of a log that was here.
fn published_beside(from: &Database, data: &Path) -> PathBuf {
    from.file().and_then(Path::parent).unwrap_or(data).to_path_buf()
}
