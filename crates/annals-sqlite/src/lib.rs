//! The audit log in SQLite: opening, migrations and SQL.
//!
//! One file holds the record in one table, a row an event, under the columns' public names, so that any tool that reads SQLite reads it.
//! One connection writes, in batches, one durable transaction each; several processes may do so beside each other and queue for it. Readers have
//! connections of their own.
//!
//! Under the rows is a Merkle tree, which grows in the same transaction; signed checkpoints and pinned keys lie beside it, and what was cut or put back is refused.
//!
//! The decisions: order is given under the database's write lock and nowhere else; whatever is needed to make an append idempotent is read under that lock; an error
//! of a commit is never taken for a failure nor for a success, but looked into. Refused were a table of statistics or sessions beside the log (every
//! append would pay for it) and SQLite's own way of waiting (it starves).
//!
//! This crate decides no policy: when to try again, what to drop and what to tell a user is up to the service.

mod append;
mod awareness;
mod catch_up;
mod checkpoints;
mod conditions;
mod connection;
mod copy;
mod cut_back;
mod erase;
mod evidence;
mod failure;
mod growth;
mod keyed;
mod keys;
mod ledger;
mod location;
mod migration;
mod moving;
mod opening;
mod operations;
mod page;
mod read;
mod readers;
mod row;
mod scan;
mod search;
mod sessions;
mod silence;
mod sql;
mod standing;
mod store;
mod tree;
mod turnstile;
mod verifying;
mod writer;

pub use annals_store::backend::Clock;
pub use annals_store::{OpenMode, Opening};
pub use migration::{MIGRATIONS, Migration};
pub use sql::INSERT_EVENT;
pub use store::SqliteStore;
