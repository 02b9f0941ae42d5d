//! The contract between the knowledge service and its databases: entries, who read them, and changes that are written with their record.
//!
//! A backend implements [`AwarenessStore`]: a look is one snapshot of one space, a change one durable transaction of one space with the events that tell of it, so that there is no change
//! without its record and no record without its change. The service's work is handed in as a closure over a [`Shelf`] (reading) or a [`Desk`] (reading for change, and writing); what it
//! decides stays its own, and the database keeps only what the contract names: places, names, times and the words of a text.
//!
//! Refused were a method a tool (the database would hold the rules) and SQL's own JSON functions over the data (each database has its own): what is searched for in an entry's data is taken
//! out of it here, in [`Facets`], once for all backends.
//!
//! Nothing here knows a database, a wire format, a language or a clock.

mod astray;
mod canonical;
mod entry;
mod facets;
mod id;
mod kind;
mod page;
mod record;
mod text;
mod trace;
mod traits;
mod usage;
pub mod vectors;

pub use astray::{Astray, Beside};
pub use entry::{Change, Entry};
pub use facets::{Facets, Name};
pub use id::EntryId;
pub use kind::EntryType;
pub use page::{Amount, By, Choice, EntryPage, Place, Shelved, Spoken, Stats, Unread, Wish};
pub use record::{Act, Action, MAX_ENTRIES_READ, Record};
pub use text::{Forms, Found, Hit, Phrase, Question, Terms, WEIGHTS};
pub use trace::{Told, Trace, Unrecorded};
pub use traits::{Abort, Answered, AwarenessStore, Briefing, Desk, ScannedEntry, Shelf, Work};
pub use usage::{Readings, Usage, UsageKind, UsageWish};
pub use vectors::{Backlog, Direction, Model, ModelId, VectorStore};

#[cfg(test)]
mod tests;
