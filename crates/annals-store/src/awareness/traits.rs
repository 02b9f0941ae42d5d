//! The contract itself: a store of entries, the shelf that a look sees, and the desk that a change works at.

use std::fmt;

use annals_event::Timestamp;

use super::{
    Astray, Change, Choice, Entry, EntryId, EntryPage, Found, Name, Question, Readings, Stats, Terms, Usage, UsageWish,
    VectorStore, Wish,
};
use crate::Error;

/// A store that keeps entries under its log.
///
/// Both methods may be called from any thread, and block. Nothing of one space is ever seen or touched through another.
pub trait AwarenessStore: Send + Sync {
    /// Looks at one snapshot of one space, without waiting for whoever writes. The closure may be called again from its beginning, where its snapshot could not be kept.
    fn look(&self, space: &str, look: &mut dyn FnMut(&mut dyn Shelf) -> Result<(), Error>) -> Result<(), Error>;

    /// Does one work in a durable transaction of one space, and answers the `seq` of its last event, or `None` where it wrote nothing.
    ///
    /// The events are appended in the same transaction under the database's own producer. A change of an entry whose events do not tell how it stands then is refused as `Invalid`.
    /// Works of callers that come at once may share one commit, each undone alone where it stops; every one is answered after that commit. They are carried out one after the other: each sees
    /// what those before it wrote. A work that panics is undone and answered with the kind `Panicked`; nobody else notices.
    ///
    /// Errors: [`Abort::Refused`] when the work said so. `UnknownOutcome` leaves open whether it happened: after [`EventStore::settle`](crate::EventStore::settle) it did exactly when its first
    /// event is in the log. After any other error nothing was written, and the work may be done again.
    fn change(&self, space: &str, work: Work) -> Result<Option<u64>, Abort>;

    /// The spaces that have entries which are [stale](Desk::stale) before this moment.
    fn stale_spaces(&self, before: Timestamp) -> Result<Vec<String>, Error>;

    /// Shows every entry of every space, wherever it stands, as of one moment, and answers how many events the log had then. For verification alone.
    fn scan(&self, each: &mut dyn FnMut(&ScannedEntry<'_>)) -> Result<u64, Error>;

    /// The vectors of its entries.
    fn vectors(&self) -> &dyn VectorStore;

    /// What beside the entries does not follow from them and the log, as of one moment: of each kind the first, with how many there are. Empty for a store that was written by nobody else.
    ///
    /// Events and entries are taken at their word, so this says something where both were found to be sound. An event that was recorded before entries were kept at all may be told by none.
    fn check(&self) -> Result<Vec<Astray>, Error>;
}

/// An entry as a verification sees it.
#[derive(Clone, Copy, Debug)]
pub struct ScannedEntry<'a> {
    /// Its space.
    pub space: &'a str,
    /// The entry.
    pub entry: &'a Entry,
    /// Whether what is kept beside it follows from it: its changes make its digest of changes, and its facets are those that it has.
    pub is_whole: bool,
}

/// The work of a change: what it reads and writes at the desk, and the events that tell of it, as `annals_event::encode` wrote them. It carries its own answer out in what it captures, and may be
/// done again from its beginning, of which only the last time counts.
pub type Work = Box<dyn FnMut(&mut dyn Desk) -> Result<Vec<Vec<u8>>, Abort> + Send>;

/// Why a work was undone.
#[derive(Clone, Debug)]
pub enum Abort {
    /// The store could not.
    Store(Error),
    /// The work would not; it knows why.
    Refused,
}

/// Reading one space. What is in the trash or expired is absent, unless a method says otherwise.
pub trait Shelf {
    /// The moment by which entries are expired, the same for all of the look or the change.
    fn now(&self) -> Timestamp;

    /// A number that is another one after each change of the space's entries, so that whoever made something of them knows whether it still holds. It may be another one without a change.
    fn revision(&mut self) -> Result<u64, Error>;

    /// The entry with this id.
    fn entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error>;

    /// Those of these entries that are there, in this order.
    fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, Error>;

    /// The entry with this id, also one in the trash or expired.
    fn any_entry(&mut self, id: EntryId) -> Result<Option<Entry>, Error>;

    /// The entry of a source with this logical key.
    fn keyed(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error>;

    /// The entry with this name.
    fn named(&mut self, name: &Name) -> Result<Option<Entry>, Error>;

    /// What these entries were before, oldest change first, for those of them that keep any. Entries in the trash too.
    fn changes(&mut self, ids: &[EntryId]) -> Result<Vec<(EntryId, Vec<Change>)>, Error>;

    /// One page of the chosen entries.
    fn page(&mut self, choice: &Choice, wish: &Wish) -> Result<EntryPage, Error>;

    /// How many are chosen.
    fn count(&mut self, choice: &Choice) -> Result<u64, Error>;

    /// How many live entries there are of each type, and of which sources.
    fn stats(&mut self) -> Result<Stats, Error>;

    /// The tags of live entries with the number of entries that have them, most used first, then by the tag.
    fn tags(&mut self) -> Result<Vec<(String, u64)>, Error>;

    /// The entries that this one names as related, then those that name it, each group the last touched first, none twice.
    fn related(&mut self, id: EntryId) -> Result<Vec<Entry>, Error>;

    /// What a briefing is made of, in one round trip or two.
    fn briefing(&mut self) -> Result<Briefing, Error>;

    /// How often each of these entries was read, in this order.
    fn readings(&mut self, ids: &[EntryId]) -> Result<Vec<Readings>, Error>;

    /// Readings and actions, newest first, also of entries that are gone.
    fn usage(&mut self, wish: &UsageWish) -> Result<Vec<Usage>, Error>;

    /// The languages whose stems the words of entries are, by their codes; some may be those of entries that are gone.
    fn languages(&mut self) -> Result<Vec<String>, Error>;

    /// The chosen entries that have some of the words, best first.
    fn search(&mut self, question: &Question) -> Result<Found, Error>;
}

/// Writing in one space. What is read *for change* stays as it is until the change is over, whoever else writes; and so does a key or name for which nothing was found.
pub trait Desk: Shelf {
    /// The entry with this id for change, also one in the trash or expired.
    fn entry_for_change(&mut self, id: EntryId) -> Result<Option<Entry>, Error>;

    /// The entry outside the trash with this logical key for change, also an expired one.
    fn keyed_for_change(&mut self, source: &str, logical_key: &str) -> Result<Option<Entry>, Error>;

    /// The entry outside the trash with this name for change, also an expired one.
    fn named_for_change(&mut self, name: &Name) -> Result<Option<Entry>, Error>;

    /// Entries that were put into the trash before this moment, and those outside it that expired before it, for change: at most so many, in no order.
    fn stale(&mut self, before: Timestamp, limit: u64) -> Result<Vec<Entry>, Error>;

    /// Puts a new entry there, with its words and what it was before (of an import). Its count and digest of changes are made here, and it is answered as it stands.
    ///
    /// Errors: `Taken` for an id, logical key or name that is another's. What was written before it stays; the work may go on.
    fn put(&mut self, entry: Entry, terms: &Terms, changes: &[Change]) -> Result<Entry, Error>;

    /// Puts an entry in the place of the one with its id: changes it, or puts it into the trash or takes it out. Words stay where none are given; a change is added to those beside it. Answers the
    /// entry as it stands.
    ///
    /// Errors: `Taken` as for [`put`](Self::put); `Invalid` for one that is not there, or of another type, or made at another time.
    fn replace(&mut self, entry: Entry, terms: Option<&Terms>, change: Option<&Change>) -> Result<Entry, Error>;

    /// What a named call of this space was answered, if it was made no longer than [`KEYS_KEPT`](crate::KEYS_KEPT) ago.
    fn answered(&mut self, key: &[u8; 32]) -> Result<Option<Answered>, Error>;

    /// Keeps what a named call is answered, together with what it changes. A work without events keeps nothing.
    fn keep_answer(&mut self, key: &[u8; 32], answered: &Answered) -> Result<(), Error>;

    /// Removes an entry for good, with its words and what it was before. Who read it stays in the log and in the usage.
    fn purge(&mut self, id: EntryId) -> Result<(), Error>;
}

/// A call that its caller named, so that it is made once, however often it is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// A digest of what was called: the same for the same call sent again.
    pub call: [u8; 32],
    /// What was answered.
    pub answer: String,
}

/// What a briefing is made of. Lists are the last touched first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Briefing {
    /// The status of each source.
    pub statuses: Vec<Entry>,
    /// All alerts that are not resolved.
    pub alerts: Vec<Entry>,
    /// The suppressions for the sources of these alerts, and for all sources.
    pub suppressions: Vec<Entry>,
    /// The patterns with an effect for the sources of these alerts, and for all sources.
    pub patterns: Vec<Entry>,
    /// Pending intentions that are due and snoozed ones that wake.
    pub due: Vec<Entry>,
    /// Intentions that fired and wait to be acted on.
    pub fired: Vec<Entry>,
    /// How many suppressions there are.
    pub n_suppressions: u64,
    /// How many pending intentions there are, those that are due included.
    pub n_pending: u64,
    /// The first moment from which something of this would be another without a change: an intention is due, or an entry of the space expires.
    pub until: Option<Timestamp>,
}

impl From<Error> for Abort {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Abort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => fmt::Display::fmt(error, formatter),
            Self::Refused => formatter.write_str("the work was refused"),
        }
    }
}

impl std::error::Error for Abort {}
