//! What backends are made of, so that each holds no more than what its database makes of it: which events of a batch are new, which losses are declared where, what ends with a session,
//! how a leaf is hashed and a tree grows, what an erasure says; whose changes of entries share a commit, and how well an entry fits a question.
//!
//! Only backends use it. It knows no database: what it has to read or write goes through [`Ledger`], which is one transaction of theirs.

mod append;
pub mod bag;
pub mod beside;
pub mod changes;
mod clock;
mod declaration;
mod ending;
mod leaf;
mod ledger;
pub mod rank;
mod tree;
pub mod usage;

pub use append::{MAX_EVENTS, check, jump, take};
pub use clock::Clock;
pub use declaration::{Declaration, Effect, digest, event as declared_by, read as read_declaration, unbelievable};
pub use ending::{BATCH, EndedSession, EndingSessions, SESSIONS, end_each, end_session, end_sessions};
pub use leaf::{LeafScratch, hash as hash_leaf};
pub use ledger::{Author, Kept, Ledger, OWN_SPACE, decode};
pub use tree::{Damage, Tree, cut_edge, size_of_tiles};
