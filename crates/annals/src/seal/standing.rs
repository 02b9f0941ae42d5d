//! How the log's evidence stands, and what a user does about it: sign a checkpoint, show, replace or bring back the key.

use std::path::PathBuf;
use std::time::Duration;

use annals_event::Timestamp;
use annals_store::{Kept, StoredCheckpoint};
use annals_tlog::{Checkpoint as TlogCheckpoint, Note};

use crate::audit::Audit;
use crate::audit::Core;
use crate::place::Place;
use crate::published::{Newest, PATIENCE};
use crate::{Error, ErrorKind, identity, keys};

/// Publishing follows storing so soon, unless it fails or its process was stopped in between.
const AT_ONCE: Duration = Duration::from_secs(10);

/// How a log's evidence stands.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// The name of the log: what its checkpoints begin with, and what its key is called.
    pub origin: String,
    /// How many events are in its tree.
    pub n_events: u64,
    /// How many of them the newest stored checkpoint covers; `None` before the first.
    pub sealed_size: Option<u64>,
    /// When that was signed.
    pub sealed_at: Option<Timestamp>,
    /// How many the newest checkpoint outside the database covers.
    pub published_size: Option<u64>,
    /// What the database lacks of what was published, in words; `None` for one that is whole.
    pub rolled_back: Option<String>,
    /// Why the checkpoints outside can't be believed, in words: they can't be read, were signed by strangers (nothing is sealed then), or lag behind.
    pub published_problem: Option<String>,
    /// The key that it is signed with.
    pub key: LogKey,
}

/// The key that a log is signed with, as far as it is seen from here.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LogKey {
    /// The public key, for `verify --key`; `None` before the first checkpoint.
    pub vkey: Option<String>,
    /// Whether its private half is here.
    pub state: KeyState,
    /// Where that lies, or should.
    pub path: PathBuf,
}

/// Whether the log can be signed here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum KeyState {
    /// It has no key yet; the first checkpoint makes one.
    NotMade,
    /// Yes.
    Here,
    /// The file is not there.
    Missing,
    /// The file holds another key, or none.
    Other,
}

impl KeyState {
    /// The word in messages and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotMade => "not made",
            Self::Here => "here",
            Self::Missing => "missing",
            Self::Other => "other",
        }
    }
}

/// A checkpoint as it was signed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SignedCheckpoint {
    /// The log's name.
    pub origin: String,
    /// How many events it covers.
    pub size: u64,
    /// The root of their tree, in base64 as in the note.
    pub root: String,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signed note, as it is stored and sent.
    pub note: String,
}

impl SignedCheckpoint {
    pub(crate) fn of(stored: StoredCheckpoint) -> Result<Self, Error> {
        let read = Note::parse(stored.note.as_bytes()).and_then(|note| TlogCheckpoint::unverified(&note));
        let read = read.map_err(|error| {
            Error::new(ErrorKind::Corrupt, format!("the checkpoint of `{}` events can't be read: {error}", stored.size))
        })?;
        Ok(Self {
            origin: read.origin().to_string(),
            size: stored.size,
            root: read.head().root.to_string(),
            signed_at: stored.signed_at,
            note: stored.note,
        })
    }
}

impl Audit {
    /// How the log's evidence stands; also of one that was rolled back, if this service was opened to read. `None` for a store that keeps none.
    pub fn evidence(&self) -> Result<Option<Evidence>, Error> {
        let store = self.core().store.get()?;
        let Some(evidence) = store.evidence() else { return Ok(None) };
        let place = self.core().place.as_ref();
        // Before the size, behind which it lags.
        let keys = super::keys_of(&evidence.standing()?);
        let published =
            place.map_or(Ok(Newest::Nothing), |place| place.published().newest_by(store.log_ids().0, &keys));
        let standing = evidence.standing()?;
        let newest = super::newest(evidence)?;
        let (published, published_problem) = match published {
            Ok(Newest::Strange(note)) => {
                let problem = place.map(|place| place.published().strange(standing.log).to_string());
                (Some(note), problem)
            }
            Ok(published) => {
                let published = published.into_note();
                let size = published.as_ref().map_or(0, |published| published.head.size);
                let lags = newest.as_ref().filter(|newest| size < newest.size && is_long_ago(newest.signed_at));
                let problem = lags.map(|newest| {
                    format!(
                        "the newest checkpoint, of {} events, is not outside the database yet (hint: look whether the folder `checkpoints` in the data directory can be written)",
                        newest.size
                    )
                });
                (published, problem)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        let rolled_back = match published.as_ref().map(|published| published.head) {
            Some(head) if standing.tree.size < head.size => {
                Some(format!("it has {} events, and a checkpoint of it covers {}", standing.tree.size, head.size))
            }
            Some(head) if evidence.root_at(head.size)? != Some(head.root) => {
                Some(format!("its first {} events are others than those of the published checkpoint", head.size))
            }
            None | Some(_) => None,
        };
        Ok(Some(Evidence {
            origin: standing.origin.to_string(),
            n_events: standing.tree.size,
            sealed_size: newest.as_ref().map(|newest| newest.size),
            sealed_at: newest.as_ref().map(|newest| newest.signed_at),
            published_size: published.map(|published| published.head.size),
            rolled_back,
            published_problem,
            key: LogKey::of(place, standing.keys.last().map(|pinned| &pinned.key)),
        }))
    }

    /// The newest checkpoint, after one was signed for what none covers yet. `NotFound` for an empty log, `NoKey` where the key is not here.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, Error> {
        self.core().seal_all(Kept::Named)
    }

    /// Replaces the key that the log is signed with: an event says so, and a checkpoint signed by the old key and the new leads from one to the other. Answers that checkpoint.
    pub fn rotate_key(&self) -> Result<SignedCheckpoint, Error> {
        let core = self.core();
        core.check_may_write()?;
        let store = core.store.get()?;
        let (Some(place), Some(evidence)) = (&core.place, store.evidence()) else { return Err(nothing_kept()) };
        // A log that was never sealed has no key to replace.
        core.seal_all(Kept::Named)?;
        let keys = place.keys();
        let _lock = keys.lock()?;
        let standing = evidence.standing()?;
        let pinned = standing.keys.last().ok_or_else(|| super::no_key("this log has no key yet"))?;
        let old = keys.find(&pinned.key)?.ok_or_else(|| super::missing(&keys))?;
        let (new, not_in_force) = keys.make_next(&standing.origin)?;
        let rotated = evidence.rotate_key(new.verifier(), core.credential(), &mut |origin, head| {
            super::note(origin, head, &[old.clone(), new.clone()])
                .map_err(|error| annals_store::Error::new(annals_store::ErrorKind::Corrupt, error.to_string()))
        });
        let stored = match rotated {
            Ok(stored) => stored,
            Err(error) => {
                // Where the answer was lost, the new key may be pinned all the same.
                if error.kind() != annals_store::ErrorKind::UnknownOutcome {
                    keys.discard(&not_in_force);
                }
                return Err(error.into());
            }
        };
        keys.put_in_force(not_in_force)?;
        core.progress.sealed(stored.size);
        super::publish(place, &*store, evidence, &stored, PATIENCE)?;
        SignedCheckpoint::of(stored)
    }

    /// Brings back the log's private key, as `log.key` held it. `Invalid` where the text is no key, or not the one that the log is signed with.
    pub fn import_key(&self, text: &str) -> Result<LogKey, Error> {
        let core = self.core();
        core.check_may_write()?;
        let store = core.store.get()?;
        let (Some(place), Some(evidence)) = (&core.place, store.evidence()) else { return Err(nothing_kept()) };
        // The text is a secret, so that no error repeats any of it.
        let key = keys::parse(text).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, "this is no private key (hint: give the file that was `log.key`)")
        })?;
        let standing = evidence.standing()?;
        let pinned = standing.keys.last().ok_or_else(|| {
            Error::new(ErrorKind::Invalid, "this log has no key yet (hint: its first checkpoint makes one)")
        })?;
        if pinned.key != *key.verifier() {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("this log is signed with `{}`, and this is `{}`", pinned.key, key.verifier()),
            ));
        }
        place.keys().import(&key)?;
        // Whoever waits for a checkpoint from now on is not told of what kept the last one away.
        core.progress.report_seal(None);
        Ok(LogKey::of(Some(place), Some(&pinned.key)))
    }
}

impl Core {
    /// Seals all that is durable, and answers the newest checkpoint.
    pub(crate) fn seal_all(&self, kept: Kept) -> Result<SignedCheckpoint, Error> {
        self.check_may_write()?;
        let store = self.store.get()?;
        if self.place.is_none() || store.evidence().is_none() {
            return Err(nothing_kept());
        }
        let newest = self.seal_now(kept)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "nothing was recorded yet that a checkpoint could be signed of")
        })?;
        SignedCheckpoint::of(newest)
    }

    fn check_may_write(&self) -> Result<(), Error> {
        if self.settings.mode == crate::settings::Mode::ReadOnly { Err(Error::read_only()) } else { Ok(()) }
    }
}

impl LogKey {
    fn of(place: Option<&Place>, pinned: Option<&annals_tlog::VerifierKey>) -> Self {
        let path = place.map(|place| place.keys().path()).unwrap_or_default();
        let state = match (pinned, place) {
            (None, _) => KeyState::NotMade,
            (Some(_), None) => KeyState::Missing,
            (Some(pinned), Some(place)) => match place.keys().look_for(pinned) {
                Ok(true) => KeyState::Here,
                _ if path.exists() => KeyState::Other,
                _ => KeyState::Missing,
            },
        };
        Self { vkey: pinned.map(ToString::to_string), state, path }
    }
}

/// Whether what follows a checkpoint at once should be done by now.
fn is_long_ago(signed_at: Timestamp) -> bool {
    let age = identity::now().as_nanos().saturating_sub(signed_at.as_nanos());
    u128::try_from(age).is_ok_and(|age| AT_ONCE.as_nanos() < age)
}

fn nothing_kept() -> Error {
    Error::new(ErrorKind::Invalid, "this store keeps nothing by which its log could be sealed")
}
