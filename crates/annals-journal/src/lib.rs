//! Crash-safe segments in front of the database: bytes in, bytes out, in order.
//!
//! A caller that records something must not wait for a disk flush or for a database. It appends its bytes to a
//! [`Journal`] instead: one `write(2)` into a segment file, and the same bytes into a queue in memory, under one short
//! lock that also numbers them. The one writer [takes](Journal::take) whole queues, makes them durable elsewhere, and
//! [gives the space back](Journal::free). The files are for recovery alone: the writer never reads them, and a segment
//! is unlinked as soon as all of its records are durable.
//!
//! A process that dies leaves its segments behind, unlocked. [`adopt`] finds them, locks them, and hands out every
//! record they hold as an [`Orphan`], with what is damaged said so. [`leave`] makes such an orphan on purpose, for a
//! process too short-lived to keep a journal; [`presence`] keeps a locked file without a queue, for a process that
//! writes to its database directly; [`waiting`] only looks.
//!
//! What was refused: a memory-mapped ring. It is faster, but needs `unsafe`, dies of `SIGBUS` when a file system runs
//! full under it, and keeps holes where a producer died.
//!
//! This crate does not know what an event is, what a database is, or who its peers are: records are bytes, the target
//! is 32 bytes of digest and 16 of log id, and "ours" is a closure of the caller.

mod error;
mod frame;
mod journal;
mod leave;
mod name;
mod orphan;
mod peek;
mod presence;
mod recover;
mod segment;
mod sync;
mod waiting;

pub use error::{Error, ErrorKind};
pub use journal::{Batch, Config, Journal, Records, Refusal, Stats, Take, Taken, Wait};
pub use leave::leave;
pub use orphan::{Adoption, Orphan, Recovered, adopt};
pub use peek::{Peeked, peek};
pub use presence::{Presence, presence};
pub use recover::Found;
pub use segment::{Role, Target};
pub use waiting::{Condition, Waiting, waiting, waiting_of_others};
