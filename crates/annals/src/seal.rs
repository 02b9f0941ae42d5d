//! Sealing: a checkpoint of what is durable is signed, stored in the database, and then published outside.
//!
//! Nothing here loses or holds up an event. What fails (no key, a full disk, a process that publishes at the same time) is told by `health`, warned about once, and tried again.
//! The order is what honest databases live by: durable, stored durably, outside. So what is outside lags behind the database and never runs ahead of it; what a crash left between
//! the last two steps is published by the next process that seals.
//!
//! Which key signs is decided inside the store's lock, when nobody can pin another: the pinned one, or none.

mod going_on;
mod standing;

use annals_store::{
    ErrorKind as StoreErrorKind, EventStore, EvidenceStore, Kept, SealWish, Standing, StoredCheckpoint,
};
use annals_tlog::{Checkpoint, Note, Origin, SignerKey, TreeHead, VerifierKey};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::audit::{Core, Route, lock};
use crate::keys::Keys;
use crate::place::Place;
use crate::progress::Trouble;
use crate::published::{Newest, PATIENCE, Published};
use crate::{Error, ErrorKind};

pub(crate) use going_on::open_accepting;
pub use going_on::{Continued, continue_log};
pub use standing::{Evidence, KeyState, LogKey, SignedCheckpoint};

/// So often in a row it is no news that another process is in the way.
const BUSY_AT_MOST: u32 = 3;
const NO_KEY_ANY_MORE: &str = "this log was sealed before, and the database names no key any more";
/// Between two attempts of a thread that waits for a checkpoint.
const PAUSE: Duration = Duration::from_millis(20);

/// What a service keeps about its sealing. Whoever holds it is the only one of this process who seals.
#[derive(Debug, Default)]
pub(crate) struct Sealer {
    /// What was warned about last, so that it is not said each second.
    warned_of: Option<String>,
    /// How often in a row another process was in the way.
    n_busy: u32,
}

impl Core {
    /// Seals what has grown, unless a checkpoint is younger than the interval, and publishes the newest one there is.
    pub(crate) fn seal_if_due(&self) -> Result<(), Error> {
        self.seal(SealWish { interval: self.settings.checkpoint_interval, kept: Kept::Hour }).map(drop)
    }

    /// Seals all that is durable, whatever the interval, and answers the newest checkpoint; `None` for an empty log.
    pub(crate) fn seal_now(&self, kept: Kept) -> Result<Option<StoredCheckpoint>, Error> {
        self.seal(SealWish { interval: Duration::ZERO, kept })
    }

    /// For a process that lives for one event: seals and publishes if that is due, and looks at nothing else.
    pub(crate) fn seal_briefly(&self) {
        let wish = SealWish { interval: self.settings.checkpoint_interval, kept: Kept::Hour };
        let sealed = self.with_evidence(|place, store, evidence| {
            // One look at a file, where a transaction would tell the same.
            if place.published().is_younger(store.log_ids().0, wish.interval) {
                return Ok(());
            }
            let Some(stored) = sign(place, store, evidence, wish)? else { return Ok(()) };
            // Whoever publishes at this moment has this one's or a newer one.
            let published = publish(place, store, evidence, &stored, Duration::ZERO);
            self.progress.sealed(stored.size);
            published
        });
        if let Err(error) = sealed {
            tracing::debug!("nothing is sealed: {error}");
        }
    }

    /// Has so many events sealed, by the writer where there is one, else by this thread, which waits until the deadline for others that hold the database. An error where nothing is ever sealed.
    pub(crate) fn want_seal(&self, size: u64, deadline: Instant) -> Result<(), Error> {
        if let Some(server) = self.place.as_ref().and_then(Place::server) {
            let message = format!("the log is sealed by the server `{server}` (hint: ask there for the event's proof)");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let keeps_none = self.store.opened().is_some_and(|store| store.evidence().is_none());
        if self.place.is_none() || keeps_none {
            return Err(Error::new(ErrorKind::Invalid, "this store keeps nothing by which its log could be sealed"));
        }
        if let Some(Route::Journal(journal)) = self.known_route() {
            self.seal_wanted.store(true, Ordering::Release);
            journal.nudge();
            return Ok(());
        }
        loop {
            match self.seal_now(Kept::Hour) {
                Err(error) if self.progress.sealed_size() < size => {
                    if error.kind() != ErrorKind::Busy || self.is_closed() {
                        return Err(error);
                    }
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Ok(());
                    }
                    self.pause(left.min(PAUSE));
                }
                // What is stored is sealed, whatever became of the copy outside.
                _ => return Ok(()),
            }
        }
    }

    /// Synchronous recording seals in passing.
    pub(crate) fn seal_in_passing(&self) {
        let interval = self.settings.checkpoint_interval;
        {
            let mut sealed_at = lock(&self.sealed_at);
            if sealed_at.is_some_and(|sealed_at| sealed_at.elapsed() < interval) {
                return;
            }
            *sealed_at = Some(Instant::now());
        }
        // The event is durable, and what fails here is told by `health`.
        drop(self.seal_if_due());
    }

    /// The last checkpoint of a service that has recorded something.
    pub(crate) fn seal_at_close(&self) {
        let has_recorded = self.progress.durable_seq().is_some();
        if has_recorded && !self.patience_is_over(Instant::now()) {
            drop(self.seal_now(Kept::Close));
        }
    }

    fn seal(&self, wish: SealWish) -> Result<Option<StoredCheckpoint>, Error> {
        let mut state = lock(&self.sealer);
        let sealed = self.with_evidence(|place, store, evidence| {
            let stored = match sign(place, store, evidence, wish)? {
                Some(stored) => Some(stored),
                None => newest(evidence)?,
            };
            if let Some(stored) = &stored {
                let published = publish(place, store, evidence, stored, PATIENCE);
                // What is stored is sealed, whatever became of the copy outside; whoever waits finds that too, where it could be made.
                self.progress.sealed(stored.size);
                published?;
            }
            Ok(stored)
        });
        if sealed.as_ref().is_err_and(|error| error.kind() == ErrorKind::Busy) {
            state.n_busy += 1;
            if state.n_busy <= BUSY_AT_MOST {
                return sealed;
            }
        } else {
            state.n_busy = 0;
        }
        let message = sealed.as_ref().err().map(ToString::to_string);
        if let Some(message) = message.as_ref().filter(|message| Some(*message) != state.warned_of.as_ref()) {
            tracing::warn!("events are recorded, and not sealed: {message}");
        }
        self.progress.report_seal(sealed.as_ref().err().map(Trouble::of));
        state.warned_of = message;
        sealed
    }

    /// Hands the evidence of an open store on; answers nothing where there is none, or no place for a key.
    fn with_evidence<T: Default>(
        &self,
        work: impl FnOnce(&Place, &dyn EventStore, &dyn EvidenceStore) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Some(place) = &self.place else { return Ok(T::default()) };
        let store = self.store.get()?;
        let Some(evidence) = store.evidence() else { return Ok(T::default()) };
        work(place, &*store, evidence)
    }
}

/// Signs and stores a checkpoint if the wish asks for one; pins a key first where the log never had one.
pub(crate) fn sign(
    place: &Place,
    store: &dyn EventStore,
    evidence: &dyn EvidenceStore,
    wish: SealWish,
) -> Result<Option<StoredCheckpoint>, Error> {
    let keys = place.keys();
    let turn = if store.log_ids().1.is_empty() { Turn::Usual } else { turn_of(evidence)? };
    // The first checkpoint of a new name is what leads from the old key to the new.
    let wish = if turn == Turn::FirstOfItsName { SealWish { kept: Kept::Named, ..wish } } else { wish };
    let published = place.published();
    match try_to_sign(&keys, &published, store, wish, turn) {
        Ok(stored) => Ok(stored),
        Err(Refusal::Unpinned) => {
            pin(place, store, evidence)?;
            try_to_sign(&keys, &published, store, wish, turn).map_err(Refusal::into_error)
        }
        Err(refusal) => Err(refusal.into_error()),
    }
}

/// Which checkpoint of a log's name it would be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    Usual,
    /// The log goes on under a new name, under which nothing was sealed yet.
    FirstOfItsName,
}

/// Why nothing was signed.
enum Refusal {
    /// The log has no key yet.
    Unpinned,
    Error(Error),
}

impl Refusal {
    fn into_error(self) -> Error {
        match self {
            Self::Unpinned => no_key("this log has no key yet"),
            Self::Error(error) => error,
        }
    }
}

impl From<annals_store::Error> for Refusal {
    fn from(error: annals_store::Error) -> Self {
        Self::Error(error.into())
    }
}

fn try_to_sign(
    keys: &Keys,
    published: &Published,
    store: &dyn EventStore,
    wish: SealWish,
    turn: Turn,
) -> Result<Option<StoredCheckpoint>, Refusal> {
    let Some(evidence) = store.evidence() else { return Ok(None) };
    let mut refusal = None;
    let mut was_asked = false;
    let sealed = evidence.seal(wish, &mut |origin, head| {
        was_asked = true;
        let signed = evidence.standing().map_err(Error::from).and_then(|standing| {
            check_published(published, &standing, evidence)?;
            signers(keys, &standing, origin, turn)
        });
        signed.and_then(|signers| note(origin, head, &signers)).map_err(|refused| {
            refusal = Some(refused);
            annals_store::Error::new(StoreErrorKind::Invalid, "there is nobody to sign")
        })
    });
    match (refusal, sealed) {
        (Some(refused), _) => Err(Refusal::Error(refused)),
        // There is something to sign and no key to sign it with.
        (None, Err(error)) if !was_asked && error.kind() == StoreErrorKind::Invalid => Err(Refusal::Unpinned),
        (None, sealed) => Ok(sealed?),
    }
}

/// What is signed goes on from what was published. A database that was put back under an open connection is met here, since opening has not seen it, and so are notes that none of the
/// log's keys has signed: beside them nothing is signed until somebody has looked.
pub(crate) fn check_published(
    published: &Published,
    standing: &Standing,
    evidence: &dyn EvidenceStore,
) -> Result<(), Error> {
    let (newest, is_strange) = match published.newest_by(standing.log, &keys_of(standing))? {
        Newest::Nothing => return Ok(()),
        Newest::Believed(newest) => (newest.head, false),
        Newest::Strange(newest) => (newest.head, true),
    };
    if evidence.root_at(newest.size)? == Some(newest.root) {
        return if is_strange { Err(published.strange(standing.log).into()) } else { Ok(()) };
    }
    Err(Error::new(
        ErrorKind::RolledBack,
        format!(
            "the log has {} events, and lacks what a published checkpoint of {} covers (hint: put back the database that has them, or give `--accept-rollback`)",
            evidence.standing()?.tree.size,
            newest.size
        ),
    ))
}

/// The keys that the database has ever named.
pub(crate) fn keys_of(standing: &Standing) -> Vec<VerifierKey> {
    standing.keys.iter().map(|pinned| pinned.key.clone()).collect()
}

/// Makes what is stored the newest outside.
pub(crate) fn publish(
    place: &Place,
    store: &dyn EventStore,
    evidence: &dyn EvidenceStore,
    stored: &StoredCheckpoint,
    patience: Duration,
) -> Result<(), Error> {
    let keys = keys_of(&evidence.standing()?);
    if keys.is_empty() {
        return Err(no_key(NO_KEY_ANY_MORE));
    }
    Ok(place.published().publish(store.log_ids().0, &stored.note, stored.signed_at, &keys, patience)?)
}

/// The keys to sign with: the pinned one, and before it at the first checkpoint of a new name that of the old one, where it is at hand.
fn signers(keys: &Keys, standing: &Standing, origin: &Origin, turn: Turn) -> Result<Vec<SignerKey>, Error> {
    let pinned = standing.keys.iter().rev().find(|pinned| pinned.key.name().as_str() == origin.as_str());
    let pinned = pinned.ok_or_else(|| no_key("this log has no key of its present name"))?;
    let mut signers = vec![keys.find(&pinned.key)?.ok_or_else(|| missing(keys))?];
    if turn == Turn::FirstOfItsName
        && let Some(earlier) = standing.earlier.first()
        && let Some(old) = standing.keys.iter().rev().find(|key| key.key.name().as_str() == earlier.origin.as_str())
    {
        signers.extend(keys.find_old(&old.key)?);
    }
    Ok(signers)
}

/// Tells by the stored checkpoints of a log that had other names.
fn turn_of(evidence: &dyn EvidenceStore) -> Result<Turn, annals_store::Error> {
    let standing = evidence.standing()?;
    let is_first = match standing.earlier.first() {
        None => false,
        Some(earlier) => evidence.checkpoints(earlier.n_events + 1, 1)?.is_empty(),
    };
    Ok(if is_first { Turn::FirstOfItsName } else { Turn::Usual })
}

/// Makes and pins the key of a log that never had one.
fn pin(place: &Place, store: &dyn EventStore, evidence: &dyn EvidenceStore) -> Result<(), Error> {
    // Asked first: another process may pin its key, seal and publish meanwhile.
    let was_sealed = place.published().has_any(store.log_ids().0)? || !evidence.checkpoints(0, 1)?.is_empty();
    let standing = evidence.standing()?;
    if !standing.keys.is_empty() {
        return Ok(());
    }
    if was_sealed {
        return Err(no_key(NO_KEY_ANY_MORE));
    }
    let key = place.keys().make(&standing.origin)?;
    match evidence.pin_key(key.verifier())? {
        Some(_) => Ok(()),
        None => Err(no_key(NO_KEY_ANY_MORE)),
    }
}

/// Signs a checkpoint with these keys.
pub(crate) fn note(origin: &Origin, head: TreeHead, signers: &[SignerKey]) -> Result<Note, Error> {
    let signers: Vec<&SignerKey> = signers.iter().collect();
    Checkpoint::new(origin.clone(), head)
        .and_then(|checkpoint| checkpoint.sign(&signers))
        .map_err(|error| Error::new(ErrorKind::Corrupt, format!("the log's head can't be signed: {error}")))
}

/// The newest stored checkpoint.
pub(crate) fn newest(evidence: &dyn EvidenceStore) -> Result<Option<StoredCheckpoint>, annals_store::Error> {
    let at_least = |size: u64| Ok(evidence.checkpoints(size, 1)?.pop());
    let mut newest: Option<StoredCheckpoint> = at_least(0)?;
    let mut too_large = evidence.standing()?.tree.size.saturating_add(1);
    while let Some(known) = newest.as_ref().map(|newest| newest.size).filter(|size| size + 1 < too_large) {
        let middle = known + (too_large - known).div_ceil(2);
        match at_least(middle)? {
            Some(found) => newest = Some(found),
            None => too_large = middle,
        }
    }
    Ok(newest)
}

fn missing(keys: &Keys) -> Error {
    let path = keys.path();
    match keys.current() {
        Ok(Some(_)) => no_key(&format!("`{}` is not the key that this log is signed with", path.display())),
        _ => no_key(&format!("`{}` is not here, with which this log is signed", path.display())),
    }
}

fn no_key(problem: &str) -> Error {
    Error::new(
        ErrorKind::NoKey,
        format!(
            "{problem} (hint: bring the key back with `annals key import FILE`, or begin a new origin with `--accept-rollback`)"
        ),
    )
}

#[cfg(test)]
mod tests;
