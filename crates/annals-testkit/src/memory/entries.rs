//! Entries in memory, under the log in memory: the awareness contract in the plainest way there is.
//!
//! Whatever a choice means is asked of `Choice::fits`, and who read an entry is read off the log's events each time, so there is nothing that could disagree.
//! A work is done on a copy of all entries, which takes their place when its events are in the log.
//! Each [`Flaw`] breaks one promise, to show that the suite can fail.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::SystemTime;

use annals_event::{StoredEvent, Timestamp};
use annals_store::awareness::vectors::Place;
use annals_store::awareness::{
    Abort, Answered, Astray, AwarenessStore, Beside, Change, Entry, ModelId, ScannedEntry, Shelf, Terms, Unrecorded,
    VectorStore, Work,
};
use annals_store::{Batch, Error, ErrorKind, Origin, Pending, Sheds};

use super::MemoryStore;
use super::vectors::Models;

/// What is wrong with a store of entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Flaw {
    /// Nothing is.
    #[default]
    None,
    /// A field of an entry is not kept.
    ForgetsTheLanguage,
    /// What an entry was before is not kept.
    ForgetsChanges,
    /// What is read for change is as it was before the last change, as for two who read before either writes.
    ReadsStale,
    /// A change whose events do not tell of it is taken.
    NeedsNoEvent,
    /// The change is answered with another place in the log.
    AnswersAnotherPlace,
    /// What a stopped work wrote stays.
    KeepsWhatStopped,
    /// A panicking work takes what it wrote with it into the store.
    KeepsWhatPanicked,
    /// Keys, names and ids are not looked for.
    TakesKeysTwice,
    /// A key that is free for one is free for all who look at once.
    FindsNoKeyForChange,
    /// What is purged is in the trash.
    PurgesIntoTheTrash,
    /// Changes are taken after closing.
    ChangesWhenClosed,
    /// An entry of another space is found by its id.
    LeaksById,
    /// Pages show entries of all spaces.
    LeaksPages,
    /// Search finds entries of all spaces.
    LeaksWords,
    /// Tags are counted over all spaces.
    LeaksTags,
    /// Who read an entry is told to another space.
    LeaksUsage,
    /// The count knows no conditions.
    CountsAll,
    /// A page from a place begins with that place's entry.
    RepeatsBetweenPages,
    /// A page ends by entries alone.
    KnowsNoBytes,
    /// Expired entries are never stale.
    KeepsExpired,
    /// Expired entries are served.
    ServesExpired,
    /// Statistics count the trash.
    CountsTheTrash,
    /// Only what an entry names is related.
    RelatesOneWay,
    /// Suppressions for all sources are left out of the briefing.
    ForgetsGlobalSuppressions,
    /// A change leaves the space's revision as it was.
    KeepsItsRevision,
    /// A briefing holds for ever.
    ForgetsWhatExpires,
    /// An entry must have all words.
    WantsAllWords,
    /// What must not be there may be.
    HearsNoNot,
    /// What stands beside a hit is not looked at.
    LooksBesideNothing,
    /// A long entry is found for what stands beside it.
    LendsToAll,
    /// Entries that say the same come each for itself.
    FoldsNothing,
    /// Two may embed at once.
    GivesTheTurnTwice,
    /// Vectors of models of one name are one model's.
    MixesModels,
    /// An entry that was changed while it was embedded waits no longer.
    EmbedsWhatChanged,
    /// A direction is not looked at.
    KnowsNoDirection,
    /// Each reading counts once an event, however many entries it names.
    CountsOneReading,
    /// Actions are told without what was said of them.
    ForgetsActionsDetails,
    /// What a named call was answered is not kept.
    ForgetsAnswers,
    /// A verification sees one space.
    ScansOneSpace,
    /// What follows from the log is said not to.
    AccusesItself,
}

/// One entry with what is kept beside it.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) space: String,
    pub(super) entry: Entry,
    pub(super) terms: Terms,
    pub(super) changes: Vec<Change>,
    /// Its number, and how often its words were changed.
    pub(super) place: Place,
    /// The model that it was embedded by, and whether that would not take it.
    pub(super) embedded: Option<(ModelId, bool)>,
    /// Its passages, by model.
    pub(super) passages: Vec<(ModelId, [u8; 32], Vec<f32>)>,
    /// How it stood before its last change.
    pub(super) before: Option<Box<Entry>>,
}

/// What a named call of a space was answered, by its key.
pub(super) type Given = (String, [u8; 32], Answered);

/// One space as one transaction sees it.
pub(super) struct Table<'a> {
    pub(super) all: Vec<Kept>,
    pub(super) rows: &'a [StoredEvent],
    pub(super) space: &'a str,
    pub(super) now: Timestamp,
    pub(super) flaw: Flaw,
    pub(super) unrecorded: Unrecorded,
    pub(super) answers: Vec<Given>,
    pub(super) models: Models,
}

impl<'a> Table<'a> {
    fn new(all: Vec<Kept>, rows: &'a [StoredEvent], space: &'a str, flaw: Flaw) -> Self {
        let now = Timestamp::from(SystemTime::now());
        Self {
            all,
            rows,
            space,
            now,
            flaw,
            unrecorded: Unrecorded::default(),
            answers: Vec::new(),
            models: Models::new(),
        }
    }
}

impl AwarenessStore for MemoryStore {
    fn look(&self, space: &str, look: &mut dyn FnMut(&mut dyn Shelf) -> Result<(), Error>) -> Result<(), Error> {
        // Copies, so that nobody who looks keeps a writer waiting.
        let (entries, rows) = {
            let log = self.log()?;
            (self.entries().clone(), log.rows().to_vec())
        };
        let mut table = Table::new(entries, &rows, space, self.memory.flaw);
        table.models.clone_from(&self.memory.models.lock().unwrap_or_else(PoisonError::into_inner));
        look(&mut table)
    }

    fn change(&self, space: &str, mut work: Work) -> Result<Option<u64>, Abort> {
        let flaw = self.memory.flaw;
        let _turn = self.memory.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = match self.log() {
            Ok(log) => log.rows().to_vec(),
            Err(_) if flaw == Flaw::ChangesWhenClosed => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut table = Table::new(self.entries().clone(), &rows, space, flaw);
        table.answers.clone_from(&self.answers());
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| work(&mut table))) else {
            if flaw == Flaw::KeepsWhatPanicked {
                *self.entries() = table.all;
            }
            return Err(Error::new(ErrorKind::Panicked, "the work of a change panicked").into());
        };
        let events = match outcome {
            Ok(events) => events,
            Err(abort) => {
                if flaw == Flaw::KeepsWhatStopped {
                    *self.entries() = table.all;
                }
                return Err(abort);
            }
        };
        if flaw != Flaw::NeedsNoEvent {
            std::mem::take(&mut table.unrecorded).check(&events)?;
        }
        let pending: Vec<Pending<'_>> = events.iter().map(|payload| Pending { pseq: 0, payload }).collect();
        let batch = Batch {
            origin: Origin::Own { owner: None },
            events: &pending,
            gaps: &[],
            sheds: Sheds::default(),
            credential: None,
        };
        let mut log = self.log()?;
        let last = if pending.is_empty() { None } else { log.append(&batch)?.seqs.last().copied().flatten() };
        *self.entries() = table.all;
        if !pending.is_empty() && flaw != Flaw::ForgetsAnswers {
            *self.answers() = table.answers;
        }
        Ok(if flaw == Flaw::AnswersAnotherPlace { last.map(|last| last + 1) } else { last })
    }

    fn stale_spaces(&self, before: Timestamp) -> Result<Vec<String>, Error> {
        drop(self.log()?);
        let forgets_expired = self.memory.flaw == Flaw::KeepsExpired;
        let is_stale = |entry: &Entry| entry.is_stale(before) && (!forgets_expired || entry.deleted.is_some());
        let stale = self.entries().iter().filter(|kept| is_stale(&kept.entry)).map(|kept| kept.space.clone()).collect();
        Ok(BTreeSet::<String>::into_iter(stale).collect())
    }

    fn scan(&self, each: &mut dyn FnMut(&ScannedEntry<'_>)) -> Result<u64, Error> {
        let (entries, n_events) = {
            let log = self.log()?;
            (self.entries().clone(), log.rows().len() as u64)
        };
        let first = entries.first().map(|kept| kept.space.clone());
        for Kept { space, entry, .. } in &entries {
            if self.memory.flaw != Flaw::ScansOneSpace || first.as_ref() == Some(space) {
                each(&ScannedEntry { space, entry, is_whole: true });
            }
        }
        Ok(n_events)
    }

    fn vectors(&self) -> &dyn VectorStore {
        self
    }

    fn check(&self) -> Result<Vec<Astray>, Error> {
        drop(self.log()?);
        let mut astray = Vec::new();
        if self.memory.flaw == Flaw::AccusesItself {
            Astray::add(&mut astray, Beside::Usage, None, Some(0));
        }
        Ok(astray)
    }
}
