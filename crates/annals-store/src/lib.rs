//! The contract between the audit service and its databases, and opening a store exactly once.
//!
//! A backend implements [`EventStore`]: an idempotent append that decides the order of the log, and the reads.
//! The trait is blocking (`&self`, `Send + Sync`), because SQLite is, and because a caller of the library must not need an async runtime; a backend with
//! an async driver owns its own small runtime.
//! What is the same for every database lives here too, so that no backend has a truth of its own: filters and cursors are parsed here,
//! a batch that a database refuses is halved here ([`append_all`]), and one suite (feature `suite`) is run unchanged on each backend.
//!
//! This crate knows no database, no wire format and no file format.

mod append;
pub mod awareness;
pub mod backend;
mod batch;
mod erase;
mod error;
mod evidence;
mod filter;
mod glob;
mod keyed;
pub mod moving;
mod news;
mod once;
mod opening;
mod page;
mod search;
mod store;
mod sync;

#[cfg(feature = "suite")]
pub mod suite;

pub use append::{Outcome, append_all};
pub use batch::{Appended, Batch, LogId, Mark, OpenOperations, Origin, Pending, Refused, Sheds};
pub use erase::{
    CarriedOut, Declared, ErasingStore, Erasure, ErasurePlan, MAX_COVERED, Remains, Selection, Wording, fits,
    is_kept_for_ever,
};
pub use error::{Error, ErrorKind};
pub use evidence::{
    Continuation, DeadLetter, EarlierLog, Emptied, EvidenceStore, Kept, Outside, PinnedKey, RowContent, ScannedRow,
    SealWish, Standing, StoredCheckpoint, bounds_of, origin_of,
};
pub use filter::{Filter, SeqRange, TypePattern};
pub use glob::Glob;
pub use keyed::{KEYS_KEPT, KeyedOutcome, KeyedRow, KeyedStore, KeyedWrite};
pub use news::{Heard, LOOK_INTERVAL};
pub use once::OpenOnce;
pub use opening::{Life, OpenMode, Opening};
pub use page::{Cursor, Limit, Order, Page, PageRequest, Session, SessionPage, weight};
pub use search::{EventWords, LABELS, Search};
pub use store::{Bucket, BucketWidth, EventStore, Head, InTurn};
