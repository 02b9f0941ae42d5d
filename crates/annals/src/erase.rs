//! Erasing and pruning, as the service does it: plan first, then each part declared, sealed and carried out, then the bytes.
//!
//! The order is the whole point. A declaration that nobody has signed must never have an effect, or an attacker who empties a row and forges its declaration could not be told from an
//! owner whose process died between the two. So a log that can't be sealed can't be erased from, and that is found out before anything is declared.
//! What was declared and not carried out, by whomever, is finished first: the declaration is in the log for ever, and its rows were promised to go.
//!
//! At the end the bytes are made to go, in the database by its store, and what can't be made to go is named: a row that is empty while a journal still holds the event is not forgotten.

mod copies;
mod journals;
mod request;

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use annals_event::{EventId, Timestamp};
use annals_store::{ErasingStore, ErasurePlan, ErrorKind as StoreErrorKind, Kept, Remains, Wording};

use crate::adopt::{Adopter, Looked};
use crate::audit::{Audit, Core};
use crate::settings::Mode;
use crate::{Error, ErrorKind, identity};

pub use request::Erasure;

/// How long a step waits for a process that keeps the database, and how long between two tries.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// How far an erasure has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Erasing {
    /// Rows were emptied or deleted: so many of so many.
    Rows {
        /// How many by now.
        n_done: u64,
        /// How many were found when it began.
        n_all: u64,
    },
    /// The database's files are rebuilt.
    Rebuilding,
    /// Journals and other files of the data directory are looked through.
    Journals,
}

/// What came of an erasure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Erased {
    /// How many rows were emptied or deleted.
    pub n_events: u64,
    /// How many dead letters were emptied.
    pub n_dead_letters: u64,
    /// How many rows of earlier declarations, which had been left, were emptied or deleted too.
    pub n_finished: u64,
    /// How many that are meant were too young to go.
    pub n_spared: u64,
    /// How many that are meant speak about the log itself and never go.
    pub n_kept_for_ever: u64,
    /// The `seq` of the events that declare it, earlier ones that were finished included.
    pub declared: Vec<u64>,
    /// What still keeps bytes of it on disk. Empty means that they are nowhere in the data directory.
    pub pending: Vec<PendingBytes>,
}

/// What still keeps bytes of what was erased.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PendingBytes {
    /// Somebody reads the database, and its WAL holds old pages for them.
    Reader,
    /// Somebody wrote to the database for too long.
    Writer,
    /// There is no room to rebuild the database.
    NoRoom(String),
    /// The journal of a running process still has the file that they were recorded in.
    LiveJournal {
        /// Whose journal it is.
        producer: annals_event::ProducerId,
        /// How many of the events lie there.
        n_events: u64,
    },
    /// The journal of a process that is gone holds some, and could not be drained.
    DeadJournal {
        /// Whose journal it is.
        producer: annals_event::ProducerId,
        /// How many of the events lie there.
        n_events: u64,
    },
    /// A journal that can't be read holds bytes that look like some of it.
    UnreadableJournal(annals_event::ProducerId),
    /// Another file of the data directory holds some: a copy of the database, or what somebody left there.
    Copy {
        /// The file.
        path: PathBuf,
        /// How many of the events it holds, where that can be told.
        n_events: Option<u64>,
    },
    /// Something else.
    Failed(String),
}

impl PendingBytes {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Reader => "end what reads it, and run the same command again",
            Self::Writer | Self::Failed(_) => "run the same command again",
            Self::NoRoom(_) => {
                "free as much space as the database has, there and in the folder for temporary files (`SQLITE_TMPDIR`), and run the same command again"
            }
            Self::LiveJournal { .. } => "end that process, or let it record on, and run the same command again",
            Self::DeadJournal { .. } => "`annals health` tells why it waits; run the same command again afterwards",
            Self::Copy { .. } => "remove that file, or keep it elsewhere, where somebody answers for it",
            Self::UnreadableJournal(_) => {
                "look at that file in `journal/`; only you can tell whether it may be removed"
            }
        }
    }
}

impl fmt::Display for PendingBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reader => formatter.write_str("somebody reads the database, and old pages are kept for them"),
            Self::Writer => formatter.write_str("somebody else writes to the database"),
            Self::NoRoom(problem) => write!(formatter, "there is no room to rebuild the database: {problem}"),
            Self::LiveJournal { producer, n_events } => {
                write!(formatter, "the journal {producer} of a running process still holds {n_events} of the events")
            }
            Self::DeadJournal { producer, n_events } => {
                write!(formatter, "the journal {producer} of a process that is gone holds {n_events} of the events")
            }
            Self::UnreadableJournal(producer) => {
                write!(formatter, "the journal {producer} can't be read, and holds what looks like some of it")
            }
            Self::Copy { path, n_events: Some(n_events) } => {
                write!(formatter, "the database `{}` holds {n_events} of the events, too", path.display())
            }
            Self::Copy { path, n_events: None } => {
                write!(formatter, "the file `{}` holds what looks like some of it", path.display())
            }
            Self::Failed(problem) => formatter.write_str(problem),
        }
    }
}

impl From<Remains> for PendingBytes {
    fn from(remains: Remains) -> Self {
        match remains {
            Remains::Reader => Self::Reader,
            Remains::Writer => Self::Writer,
            Remains::NoRoom(problem) => Self::NoRoom(problem),
            Remains::Failed(problem) => Self::Failed(problem),
            _ => Self::Failed("the database keeps some of it".to_owned()),
        }
    }
}

impl Audit {
    /// What an erasure would take, as the log stands. Writes nothing.
    pub fn plan_erasure(&self, erasure: &Erasure) -> Result<ErasurePlan, Error> {
        self.core().plan_erasure(erasure)
    }

    /// Erases or prunes: declares each part in the log, seals that, empties the rows, and makes the bytes go. Old proofs and checkpoints stay valid.
    ///
    /// Whatever it is interrupted by, the same call again finishes it, and any other erasure what this one had declared. The answer is for good only when nothing is `pending`.
    ///
    /// Errors: `NoKey` where the log can't be sealed, with nothing declared; `NotFound` for an event that the log does not have; `Invalid` for a reason that would keep what it is to
    /// forget; and whatever keeps a database from being written.
    pub fn erase(&self, erasure: &Erasure, progress: &mut dyn FnMut(Erasing)) -> Result<Erased, Error> {
        // What this process recorded before belongs to what is meant.
        self.flush()?;
        self.core().erase(erasure, progress)
    }
}

impl Core {
    fn plan_erasure(&self, erasure: &Erasure) -> Result<ErasurePlan, Error> {
        let store = self.store.get()?;
        let erasing = store.erasing().ok_or_else(cannot_erase)?;
        Ok(erasing.plan_erasure(&erasure.bounded_by(self.spare_since()))?)
    }

    fn erase(&self, request: &Erasure, progress: &mut dyn FnMut(Erasing)) -> Result<Erased, Error> {
        if self.settings.mode == Mode::ReadOnly {
            return Err(Error::read_only());
        }
        let store = self.store.get()?;
        let erasing = store.erasing().ok_or_else(cannot_erase)?;
        self.adopt_all();
        let erasure = request.bounded_by(self.spare_since());
        let plan = erasing.plan_erasure(&erasure)?;
        if let Some(missing) = plan.missing.first() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no event `{missing}`, so nothing is erased"),
            ));
        }
        // Whether anything can be sealed is found out before anything is declared.
        let n_events = store.head()?.n_events;
        let mut run = Run { core: self, erasing, ids: HashSet::new(), erased: Erased::default() };
        if let Some(newest) = n_events.checked_sub(1) {
            run.seal_behind(newest, Kept::Hour)?;
        }
        run.erased.n_spared = plan.n_spared;
        run.erased.n_kept_for_ever = plan.n_kept_for_ever;
        for left in erasing.unfinished_erasures()? {
            run.erased.n_finished += run.carry_out(left.seq)?;
        }
        let reason = self.rules.redactor.redact(request.reason());
        let wording = Wording { reason: &reason, credential: self.credential() };
        let mut next = Some(0);
        while let Some(from) = next {
            let declared = self.patiently(|| erasing.declare_erasure(&erasure, wording, from))?;
            let Some(declared) = declared else { break };
            run.erased.n_events += run.carry_out(declared.seq)?;
            progress(Erasing::Rows { n_done: run.erased.n_events, n_all: plan.n_events.max(run.erased.n_events) });
            next = declared.next;
        }
        run.erased.n_dead_letters = self.patiently(|| erasing.empty_dead_letters(&erasure))?;
        progress(Erasing::Rebuilding);
        run.erased.pending.extend(self.scrub(erasing)?);
        progress(Erasing::Journals);
        let Run { ids, mut erased, .. } = run;
        if let Some(place) = &self.place {
            erased.pending.extend(journals::pending(place, &erasure.what, &ids)?);
            erased.pending.extend(copies::pending(place, &erasure, &ids));
        }
        Ok(erased)
    }

    /// Makes the bytes go. The rows are empty by now, so that somebody who is in the way for long is told of and is no failure.
    fn scrub(&self, erasing: &dyn ErasingStore) -> Result<Vec<PendingBytes>, Error> {
        match self.patiently(|| erasing.scrub()) {
            Ok(remains) => Ok(remains.into_iter().map(PendingBytes::from).collect()),
            Err(error) if error.kind() == ErrorKind::Busy => Ok(vec![PendingBytes::Writer]),
            Err(error) => Err(error),
        }
    }

    /// Nothing recorded since then goes.
    fn spare_since(&self) -> Timestamp {
        let least = i64::try_from(self.settings.retention_min.as_nanos()).unwrap_or(i64::MAX);
        if least == 0 {
            return Timestamp::from_nanos(i64::MAX);
        }
        Timestamp::from_nanos(identity::now().as_nanos().saturating_sub(least))
    }

    /// Tries again while another process keeps the database, which each of these steps allows.
    fn patiently<T>(&self, work: impl Fn() -> Result<T, annals_store::Error>) -> Result<T, Error> {
        let deadline = identity::moment_in(PATIENCE);
        loop {
            match work() {
                Err(error)
                    if error.kind() == StoreErrorKind::Busy && Instant::now() < deadline && !self.is_closed() =>
                {
                    self.pause(PAUSE);
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Takes over what dead processes left, as far as that goes; what stays is found by looking through the journals.
    fn adopt_all(&self) {
        let mut adopter = Adopter::default();
        while adopter.look(self, &|| false) == Looked::SoFar && !self.is_closed() {}
    }
}

/// One erasure under way.
struct Run<'a> {
    core: &'a Core,
    erasing: &'a dyn ErasingStore,
    /// What was emptied, by which journals are looked through.
    ids: HashSet<EventId>,
    erased: Erased,
}

impl Run<'_> {
    /// Seals a declaration and carries it out; answers how many rows it was.
    fn carry_out(&mut self, declared: u64) -> Result<u64, Error> {
        self.seal_behind(declared, Kept::Named)?;
        let done = self.core.patiently(|| self.erasing.carry_out(declared))?;
        self.erased.declared.push(declared);
        let n_rows = done.ids.len() as u64;
        self.ids.extend(done.ids);
        Ok(n_rows)
    }

    /// Makes sure that a stored checkpoint covers this event. That publishing it failed is told by `health`, and the next checkpoint makes good for it.
    fn seal_behind(&self, seq: u64, kept: Kept) -> Result<(), Error> {
        let store = self.core.store.get()?;
        let evidence = store.evidence().ok_or_else(cannot_erase)?;
        let deadline = identity::moment_in(PATIENCE);
        loop {
            let sealed = self.core.seal_now(kept);
            if !self.core.patiently(|| evidence.checkpoints(seq + 1, 1))?.is_empty() {
                return Ok(());
            }
            match sealed.err() {
                Some(error)
                    if error.kind() == ErrorKind::Busy && Instant::now() < deadline && !self.core.is_closed() =>
                {
                    self.core.pause(PAUSE);
                }
                error => {
                    return Err(error.unwrap_or_else(|| Error::new(ErrorKind::NoKey, "the erasure can't be sealed")));
                }
            }
        }
    }
}

fn cannot_erase() -> Error {
    Error::new(ErrorKind::Invalid, "this store keeps no evidence, so nothing is erased from it")
}
