//! The audit log and what agents know, in PostgreSQL: opening, migrations and SQL.
//!
//! One table holds the record, a row an event, under the columns' public names, so that any tool that reads PostgreSQL reads it. Any number of processes on any number of machines write to it; each
//! takes the row of `log_head` for one batch at a time, gives the events their numbers under that lock, and commits. So the log cannot fork, and has no hole: a `SEQUENCE` would have both.
//!
//! Under the rows is a Merkle tree, which grows in the same transaction; signed checkpoints and pinned keys lie beside it, and what was cut or put back is refused.
//!
//! What agents know lies beside the log (`awareness`): each change of it is in the transaction that appends the events which tell of it.
//!
//! The decisions: order is given under the lock and nowhere else; whatever is needed to make an append idempotent is read under it; a commit whose answer was lost is neither a failure nor a
//! success, and is looked into behind the lock. Nothing is kept on a connection from one transaction to the next, so that a pooler may stand between.
//!
//! This crate decides no policy: when to try again, what to drop and what to tell a user is up to the service.

mod address;
mod append;
mod awareness;
mod checkpoints;
mod conditions;
mod connecting;
mod connection;
mod cut_back;
mod encryption;
mod erase;
mod evidence;
mod failure;
mod following;
mod identity;
mod installation;
mod keyed;
mod keys;
mod ledger;
mod listening;
mod migration;
mod moving;
mod opening;
mod page;
mod read;
mod row;
mod rows;
mod scan;
mod sessions;
mod silence;
mod sql;
mod standing;
mod store;
mod tree;
mod writer;

pub use annals_store::OpenMode;
pub use annals_store::backend::Clock;
pub use identity::identity;
pub use installation::{Installation, InstalledEntry, Owner, User};
pub use migration::{MIGRATIONS, Migration, format, migrate};
pub use opening::Opening;
pub use store::PostgresStore;
