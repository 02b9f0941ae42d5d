//! **Annals keeps the record of what AI agents did**: an audit trail that never makes an agent wait and never loses an event silently.
//!
//! ```
//! use annals::{Audit, Event, json};
//! use std::time::Duration;
//!
//! # fn write() -> Result<(), std::io::Error> { Ok(()) }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let trail = folder.path().join("trail");
//! let audit = Audit::open(&trail)?; // lazy: touches no disk yet
//! audit.record(Event::new("resource_modified").actor("refactor-bot").resource("src/cart.rs").details(json!({"lines": 12})))?;
//! let call = audit.begin(Event::new("tool.invoked").tool("write_file"))?;
//! match write() {
//!     Ok(()) => call.succeed()?,
//!     Err(error) => call.fail(&error)?,
//! };
//! println!("event {}", audit.record(Event::new("plan_applied").plan("P-7"))?.wait_durable(Duration::from_secs(5))?.seq());
//! audit.close()?;
//! # Ok(())
//! # }
//! ```
//!
//! An event climbs a ladder. It is **accepted** when [`Audit::record`] returns: it is in the journal, which the operating system keeps through a panic or `kill -9` of this process.
//! It is **durable** when its row is committed and flushed, which survives a loss of power; a [`Receipt`] tells when, and with which sequence number.
//!
//! The service starts one thread, `audit-writer`, when the first event is recorded, and opens the database when somebody first needs it, exactly once.
//! It needs no async runtime, reads the environment only when asked ([`Settings::from_env`]), and never writes to the terminal.
//! Backends live in crates of their own behind [`store::EventStore`]; this crate knows which one a database address names and nothing of its SQL.

mod adopt;
mod audit;
pub mod backup;
pub mod bundle;
mod bus;
mod caller;
pub mod cloudevents;
mod erase;
mod error;
mod files;
mod forwarded;
mod health;
mod identity;
mod keys;
mod migrate;
pub mod moving;
mod news;
mod operation;
mod place;
mod progress;
pub mod proof;
mod published;
#[cfg(doctest)]
mod readme;
mod receipt;
mod record;
mod seal;
mod served;
mod settings;
mod subscriber;
mod tail;
mod turn;
pub mod verify;
mod writer;

pub use annals_event::{
    Capture, Column, Decision, Event, EventId, Gap, GapReason, GapSpan, Group, Invalid, InvalidKind, LeafGroup,
    Outcome, Phase, ProducerId, StoredEvent, Texts, Timestamp,
};
/// Writes an event's details as they look in JSON.
pub use serde_json::{Value, json};

pub use annals_store::ErasurePlan;
pub use audit::{Audit, ServiceEvent};
pub use bus::{Emitted, EventBus, Subscription};
pub use caller::Caller;
pub use erase::{Erased, Erasing, Erasure, PendingBytes};
pub use error::{Error, ErrorKind};
pub use forwarded::{Forwarded, ForwardedEvent, Received, Reception};
pub use health::{Health, HealthState};
pub use identity::system_user;
pub use migrate::{Migrated, migrate};
pub use operation::Operation;
pub use place::{Waiting, WaitingState};
pub use receipt::{Durable, Receipt, ReceiptState, Sealed};
pub use record::{Stop, Undone};
pub use seal::{Continued, Evidence, KeyState, LogKey, SignedCheckpoint, continue_log};
pub use served::{LogFile, LogFileKind};
pub use settings::{Mode, Origin, Setting, Settings};
pub use subscriber::AuditSubscriber;
pub use tail::Tail;

/// An installation of another knowledge service in PostgreSQL, to be imported.
#[cfg(feature = "postgres")]
pub mod installation {
    pub use annals_postgres::{Installation, InstalledEntry, Owner, User};
}

/// The store contract, for callers who bring a store of their own, and the filters and pages that every read takes.
pub mod store {
    pub use annals_store::{
        Appended, Batch, Bucket, BucketWidth, Cursor, Error, ErrorKind, EventStore, Filter, Glob, Head, Heard, InTurn,
        Limit, LogId, Mark, OpenOperations, Order, Origin, Page, PageRequest, Pending, Refused, SeqRange, Session,
        SessionPage, Sheds, TypePattern,
    };
}
pub use store::{
    Bucket, BucketWidth, Cursor, Filter, Glob, Limit, Order, Page, PageRequest, SeqRange, Session, SessionPage,
};
