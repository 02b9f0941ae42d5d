//! Going on under a new name: after a rollback that somebody accepts, a restore, or the loss of the key.
//!
//! One name never has two histories, so a database that lacks what was published of it gets a new name, with a key, an own producer and a folder of checkpoints of its own. Its first
//! event says what came before; its first checkpoint is signed by the old key too where that is at hand, so that whoever holds the old one can follow.
//!
//! The new key is on disk before the database names it, and in its place only afterwards; a crash in between is mended by whoever looks for the key next.

use annals_event::ProducerId;
use annals_store::{
    Continuation, ErrorKind as StoreErrorKind, EventStore, EvidenceStore, Kept, LogId, Opening, SealWish,
};
use std::sync::Arc;
use std::time::Duration;

use crate::place::Place;
use crate::published::{Newest, PATIENCE};
use crate::settings::Settings;
use crate::{Error, ErrorKind, identity, keys};

/// The word in the log for a rollback that somebody accepts.
const ACCEPTED: &str = "rollback_accepted";
/// The word for a log whose key is gone.
const KEY_LOST: &str = "key_lost";

/// A log that goes on under a new name.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Continued {
    /// The name that its checkpoints had.
    pub old_origin: String,
    /// The name that they have from now on.
    pub origin: String,
    /// How many events it had.
    pub n_events: u64,
    /// Its new public key.
    pub vkey: String,
}

/// Has the log of these settings go on under a new name, for a reason that its first event tells: `restored`, `copied`. Nobody should have it open; whoever has must open it anew.
pub fn continue_log(settings: &Settings, reason: &str) -> Result<Continued, Error> {
    let place = Place::new(settings.data(), settings.values.database_url.as_deref())?;
    let _lock = place.keys().lock()?;
    go_on(&place, reason)
}

/// Opens a database; where it was rolled back, or its key is lost, it goes on under a new name first.
pub(crate) fn open_accepting(place: &Place, opening: &Opening) -> Result<Arc<dyn EventStore>, annals_store::Error> {
    let Some(reason) = reason_to_go_on(place, opening)? else { return place.open_for_writing(opening.clone()) };
    {
        // Of two who accept at once, the second finds it done.
        let _lock = place.keys().lock()?;
        if reason_to_go_on(place, opening)?.is_some() {
            go_on(place, reason).map_err(|error| {
                annals_store::Error::new(
                    StoreErrorKind::RolledBack,
                    format!("could not go on under a new name: {error}"),
                )
            })?;
        }
    }
    place.open_for_writing(opening.clone())
}

fn reason_to_go_on(place: &Place, opening: &Opening) -> Result<Option<&'static str>, annals_store::Error> {
    let store = match place.open_for_writing(opening.clone()) {
        Ok(store) => store,
        Err(error) if error.kind() == StoreErrorKind::RolledBack => return Ok(Some(ACCEPTED)),
        Err(error) => return Err(error),
    };
    let reason = match store.evidence() {
        Some(evidence) => what_keeps_it_unsealed(place, evidence)?,
        None => None,
    };
    store.close()?;
    Ok(reason)
}

/// Why a log that opens can't be sealed under its name, if that is for good. What can't be read at this moment is no such reason.
fn what_keeps_it_unsealed(
    place: &Place,
    evidence: &dyn EvidenceStore,
) -> Result<Option<&'static str>, annals_store::Error> {
    let standing = evidence.standing()?;
    let Some(pinned) = standing.keys.last() else { return Ok(None) };
    // A file that is no key is as good as none; going on keeps it aside.
    let is_lost = match place.keys().find(&pinned.key) {
        Err(error) if error.kind() == StoreErrorKind::Corrupt => true,
        found => found?.is_none(),
    };
    if is_lost {
        return Ok(Some(KEY_LOST));
    }
    let continues = super::check_published(&place.published(), &standing, evidence);
    let is_for_good = continues
        .is_err_and(|error| matches!(error.kind(), ErrorKind::RolledBack | ErrorKind::Invalid | ErrorKind::Corrupt));
    Ok(is_for_good.then_some(ACCEPTED))
}

fn go_on(place: &Place, reason: &str) -> Result<Continued, Error> {
    let store = place.open_cut()?;
    let evidence = store.evidence().ok_or_else(|| Error::new(ErrorKind::Invalid, "this store keeps no evidence"))?;
    let standing = evidence.standing()?;
    let published = place.published().newest_by(standing.log, &super::keys_of(&standing)).ok();
    let published = published.and_then(Newest::into_note).map(|newest| newest.note);
    if standing.keys.is_empty() && place.published().has_any(standing.log)? {
        // A copy from before the first checkpoint knows no key, and what was published since would be nobody's.
        let key = place.keys().current().ok().flatten();
        if let Some(key) = key.filter(|key| key.verifier().name().as_str() == standing.origin.as_str()) {
            evidence.pin_key(key.verifier())?;
        }
    }
    // A database that was put back may know less than the outside, never more.
    let last_known = published.or_else(|| super::newest(evidence).ok().flatten().map(|newest| newest.note));
    let late_keys = place.published().late_keys(standing.log, &super::keys_of(&standing)).unwrap_or_default();
    let log = LogId::from_bytes(keys::random_name()?);
    let (key, not_in_force) = place.keys().make_for(log)?;
    let continuation = Continuation {
        log,
        own_producer: ProducerId::from_bytes(keys::random_name()?),
        key: key.verifier(),
        reason,
        last_known: last_known.as_deref(),
        late_keys: &late_keys,
        credential: &identity::system_user(),
    };
    if let Err(error) = evidence.continue_as(&continuation) {
        // Where the answer was lost, the database may name it all the same.
        if error.kind() != StoreErrorKind::UnknownOutcome {
            place.keys().discard(&not_in_force);
        }
        return Err(error.into());
    }
    place.keys().put_in_force(not_in_force)?;
    store.close()?;
    tracing::warn!("the log `{}` goes on as `annals/{log}`: {reason}", standing.origin);
    let continued = Continued {
        old_origin: standing.origin.to_string(),
        origin: annals_store::origin_of(log).to_string(),
        n_events: standing.tree.size,
        vkey: key.verifier().to_string(),
    };
    if let Err(error) = seal_first(place) {
        // The next one who seals does it just so.
        tracing::warn!("the log's new name is not sealed yet: {error}");
    }
    Ok(continued)
}

fn seal_first(place: &Place) -> Result<(), Error> {
    let store = place.open_for_writing(Opening::default())?;
    let wish = SealWish { interval: Duration::ZERO, kept: Kept::Named };
    if let Some(evidence) = store.evidence()
        && let Some(sealed) = super::sign(place, &*store, evidence, wish)?
    {
        super::publish(place, &*store, evidence, &sealed, PATIENCE)?;
    }
    Ok(store.close()?)
}
