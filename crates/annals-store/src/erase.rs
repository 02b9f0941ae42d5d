//! Erasing and pruning: what a store does to make content go while the log stays provable.
//!
//! An erasure is declared, sealed, and then carried out. **Declared**: the events that will go, at most [`MAX_COVERED`] of them, are written down in a table together with the event that names
//! their number and digest, in one transaction. **Sealed**: the caller has a checkpoint signed that covers that event. **Carried out**: one transaction empties or deletes exactly
//! those rows. Whatever dies in between, the next erasure finds what was declared and finishes it; and no row is ever empty without a signed event that says why.
//!
//! A row whose columns are gone is not yet gone from the disk: [`ErasingStore::scrub`] sees to that, and says what keeps it from doing so.

use std::collections::BTreeSet;

use annals_event::{Column, Encoded, EventId, Timestamp};

use crate::{Error, TypePattern};

/// One declaration covers at most so many events.
pub const MAX_COVERED: usize = 10_000;

/// What is to go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selection {
    /// Everything about the events of this user, as `user_identity` or `on_behalf_of`.
    User(String),
    /// Everything about these events.
    Events(BTreeSet<EventId>),
    /// The details of what was recorded before a moment, of some types only where any are given.
    Details {
        /// The moment.
        before: Timestamp,
        /// The types; none means all.
        types: Vec<TypePattern>,
    },
    /// Whole rows from the log's start, recorded before a moment, up to where the tree keeps full tiles of them.
    Rows {
        /// The moment.
        before: Timestamp,
    },
}

impl Selection {
    /// Whether an event that is not in the log, but in a journal or among the dead letters, is of those that are meant. A moment means the call's there.
    pub fn means(&self, event: &Encoded<'_>) -> bool {
        if is_kept_for_ever(event.event_type()) {
            return false;
        }
        match self {
            Self::User(user) => [Column::UserIdentity, Column::OnBehalfOf]
                .into_iter()
                .any(|column| event.get(column).is_some_and(|name| name == user)),
            Self::Events(ids) => ids.contains(&event.id()),
            Self::Details { before, types } => {
                event.created_at() < *before && event.details().is_some() && fits(types, event.event_type())
            }
            Self::Rows { before } => event.created_at() < *before,
        }
    }

    /// Whether rows are deleted, and not only emptied.
    pub fn deletes_rows(&self) -> bool {
        matches!(self, Self::Rows { .. })
    }

    /// Whether nothing but details goes.
    pub fn is_of_details(&self) -> bool {
        matches!(self, Self::Details { .. })
    }
}

/// Whether a type is one of these; without any, every type is.
pub fn fits(types: &[TypePattern], event_type: &str) -> bool {
    types.is_empty() || types.iter().any(|pattern| pattern.fits(event_type))
}

/// What the log says about itself is never erased: an erasure that could erase its own record would be none.
pub fn is_kept_for_ever(event_type: &str) -> bool {
    event_type.starts_with("audit.")
}

/// An erasure somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    /// What is to go.
    pub what: Selection,
    /// Nothing recorded at or after this moment goes.
    pub spare_since: Timestamp,
}

/// What would go.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ErasurePlan {
    /// How many events.
    pub n_events: u64,
    /// The smallest and the largest `seq` of them.
    pub span: Option<(u64, u64)>,
    /// How many of each type, by name.
    pub by_type: Vec<(String, u64)>,
    /// Events that were named and are not in the log.
    pub missing: Vec<EventId>,
    /// How many that are meant are too young to go.
    pub n_spared: u64,
    /// How many that are meant speak about the log itself and never go.
    pub n_kept_for_ever: u64,
    /// How many dead letters are meant.
    pub n_dead_letters: u64,
    /// How many earlier declarations were never carried out; they would be finished first.
    pub n_unfinished: u64,
}

/// What a declaration says beside what it covers.
#[derive(Clone, Copy, Debug)]
pub struct Wording<'a> {
    /// Why; never with the erased value in it.
    pub reason: &'a str,
    /// Who asked for it.
    pub credential: &'a str,
}

/// A declaration, durable and not yet carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declared {
    /// The `seq` of its event: a checkpoint has to be larger before it may be carried out.
    pub seq: u64,
    /// How many rows it covers.
    pub n_rows: u64,
    /// The next declaration of the same erasure looks from this `seq` on; nothing when there is no more.
    pub next: Option<u64>,
}

/// What was carried out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CarriedOut {
    /// The ids of the rows that were emptied or deleted, by which journals are looked through.
    pub ids: Vec<EventId>,
}

/// What still keeps bytes of what was erased on disk.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Remains {
    /// Somebody reads, and the WAL holds old pages for them.
    Reader,
    /// Somebody writes for long.
    Writer,
    /// There is no room to rebuild the file.
    NoRoom(String),
    /// Something else went wrong.
    Failed(String),
}

/// A store that can make content go.
pub trait ErasingStore: Send + Sync {
    /// What would go, as the log stands. Writes nothing.
    fn plan_erasure(&self, erasure: &Erasure) -> Result<ErasurePlan, Error>;

    /// Declares the next rows to go, those from `from` on, at most [`MAX_COVERED`]; durable when it answers. Nothing is emptied yet. `None` when there are none, and no dead letter that
    /// was not counted in a declaration yet.
    ///
    /// The event (`audit.erased` or `audit.pruned`) has the details `reason`, `groups` (the names of those that go) or `rows`, `before` and `types` where given, `count`, `first`, `last`, and
    /// `sha256` over the covered `seq` in order, each as eight bytes, the highest first; `dead_letters` where some are meant.
    fn declare_erasure(&self, erasure: &Erasure, wording: Wording<'_>, from: u64) -> Result<Option<Declared>, Error>;

    /// Declarations that were not carried out, oldest first, also of other processes.
    fn unfinished_erasures(&self) -> Result<Vec<Declared>, Error>;

    /// Carries a declaration out: empties or deletes its rows in one transaction. Idempotent.
    ///
    /// Errors: `Invalid` where no stored checkpoint covers the declaration; `Corrupt` where what is written down beside it is not what it says.
    fn carry_out(&self, declared: u64) -> Result<CarriedOut, Error>;

    /// Empties the dead letters that are meant, and those that any erasure declared and left; answers how many there were.
    fn empty_dead_letters(&self, erasure: &Erasure) -> Result<u64, Error>;

    /// Makes the bytes of everything that was ever erased or deleted go from the store's files, and answers what keeps some there. Does nothing where they are gone already.
    fn scrub(&self) -> Result<Vec<Remains>, Error>;
}
