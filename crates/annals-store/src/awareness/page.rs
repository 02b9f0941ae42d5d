//! Which entries of a space, in which order, and how many at once.
//!
//! A page goes on by an offset, as the tools' contract has it, or from a place, which stays where it is while others write. Entries that have the same time come in the order of their ids, so
//! that no two pages of one snapshot overlap.

use annals_event::Timestamp;

use super::{Entry, EntryId, EntryType, Name};

/// What an entry must be like. Every part that is given must hold; a choice without parts is every entry that is live.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// One of these types; any, where the list is empty.
    pub types: Vec<EntryType>,
    /// Exactly this source.
    pub source: Option<String>,
    /// All of these tags, exactly.
    pub tags: Vec<String>,
    /// Touched (updated, or else created) at this moment or later…
    pub since: Option<Timestamp>,
    /// … and at this moment or earlier.
    pub until: Option<Timestamp>,
    /// Created at this moment or later…
    pub created_after: Option<Timestamp>,
    /// … and at this moment or earlier.
    pub created_before: Option<Timestamp>,
    /// Put into the trash at this moment or later.
    pub deleted_since: Option<Timestamp>,
    /// This `learned_from`.
    pub learned_from: Option<String>,
    /// In this language, by its code; `Some(None)` for those of none.
    pub language: Option<Spoken>,
    /// This state: an intention's, or `active` and `resolved` of alerts.
    pub state: Option<String>,
    /// Due at this moment or earlier: pending intentions to be delivered, and snoozed ones that wake.
    pub due_until: Option<Timestamp>,
    /// Records of this schema.
    pub schema: Option<Name>,
    /// Only those that were changed and keep what they were.
    pub changed: bool,
    /// Only those that nobody read, or nobody read since a moment.
    pub unread: Option<Unread>,
    /// Where they stand.
    pub shelved: Shelved,
}

/// A language by its code; `None` for entries of none.
pub type Spoken = Option<&'static str>;

/// Since when nobody read it; `None` for ever.
pub type Unread = Option<Timestamp>;

/// Where entries stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Shelved {
    /// Neither in the trash nor expired.
    #[default]
    Live,
    /// In the trash.
    Trash,
    /// Expired, and not in the trash.
    Expired,
    /// Anywhere.
    Anywhere,
}

/// By what entries are ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum By {
    /// The last touched first.
    #[default]
    Touched,
    /// The last created first.
    Created,
    /// The first created first.
    CreatedFirst,
    /// The last put into the trash first; those outside it last.
    Deleted,
    /// The first due first; those never due last.
    Due,
}

/// A place between two entries of an order: behind this one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The time that the order goes by; of an entry without it, the time's least (or for [`By::Due`], greatest) value.
    pub at: Timestamp,
    /// The entry.
    pub id: EntryId,
}

/// How much of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amount {
    /// No more entries than this; none is legal, and tells whether there are any.
    pub limit: u64,
    /// No more bytes than this by [`Entry::weight`], but for the first entry.
    pub max_bytes: Option<usize>,
}

/// Which page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    /// In which order.
    pub by: By,
    /// From behind this place on.
    pub after: Option<Place>,
    /// From there, so many are passed over.
    pub offset: u64,
    /// How much.
    pub amount: Amount,
}

/// One page.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EntryPage {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether there are more behind them.
    pub has_more: bool,
}

/// How many entries there are, and of whom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// The number of live entries of each type, in the order of [`EntryType::ALL`].
    pub n_entries: [u64; 10],
    /// The sources that have live entries, sorted.
    pub sources: Vec<String>,
}

impl Choice {
    /// The live entries of these types.
    pub fn of(types: impl IntoIterator<Item = EntryType>) -> Self {
        Self { types: types.into_iter().collect(), ..Self::default() }
    }

    /// What the choice means: whether the entry is one of the chosen. Whether somebody read it is not asked here.
    pub fn fits(&self, entry: &Entry, now: Timestamp) -> bool {
        let facets = entry.facets();
        let stands = match self.shelved {
            Shelved::Live => entry.is_live(now),
            Shelved::Trash => entry.deleted.is_some(),
            Shelved::Expired => entry.deleted.is_none() && entry.is_expired(now),
            Shelved::Anywhere => true,
        };
        stands
            && (self.types.is_empty() || self.types.contains(&entry.entry_type))
            && self.source.as_ref().is_none_or(|source| *source == entry.source)
            && self.tags.iter().all(|tag| entry.tags.contains(tag))
            && self.since.is_none_or(|since| since <= entry.touched())
            && self.until.is_none_or(|until| entry.touched() <= until)
            && self.created_after.is_none_or(|after| after <= entry.created)
            && self.created_before.is_none_or(|before| entry.created <= before)
            && self.deleted_since.is_none_or(|since| entry.deleted.is_some_and(|deleted| since <= deleted))
            && (self.learned_from.is_none() || self.learned_from == facets.learned_from)
            && self.language.is_none_or(|language| language == entry.language.as_deref())
            && (self.state.is_none() || self.state == facets.state)
            && self.due_until.is_none_or(|until| facets.due.is_some_and(|due| due <= until))
            && (self.schema.is_none() || self.schema == facets.schema)
            && (!self.changed || entry.n_changes > 0)
    }
}

impl By {
    /// Where an entry stands in this order.
    pub fn place(self, entry: &Entry) -> Place {
        let at = match self {
            Self::Touched => entry.touched(),
            Self::Created | Self::CreatedFirst => entry.created,
            Self::Deleted => entry.deleted.unwrap_or(Timestamp::from_nanos(i64::MIN)),
            Self::Due => entry.facets().due.unwrap_or(Timestamp::from_nanos(i64::MAX)),
        };
        Place { at, id: entry.id }
    }

    /// Whether earlier times and lesser ids come first.
    pub fn is_ascending(self) -> bool {
        matches!(self, Self::CreatedFirst | Self::Due)
    }
}

impl Amount {
    /// So many entries, of any length.
    pub const fn entries(limit: u64) -> Self {
        Self { limit, max_bytes: None }
    }
}

impl Wish {
    /// The first entries of an order.
    pub const fn first(by: By, limit: u64) -> Self {
        Self { by, after: None, offset: 0, amount: Amount::entries(limit) }
    }
}

impl EntryPage {
    /// The place behind the last entry, from which the next page goes on; `None` of an empty page.
    pub fn end(&self, by: By) -> Option<Place> {
        self.entries.last().map(|entry| by.place(entry))
    }
}
