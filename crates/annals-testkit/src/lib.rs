//! Test support for every crate of Annals: threads that meet and end in time, stores and openers that misbehave to order, sample events, a made day of agents at work, small disks, child processes.
//!
//! Nothing here sleeps: each wait is for the thing itself and has a deadline ([`PATIENCE`]), and what is late fails the test with the name of what it waited for.
//! What the machine cannot give (a private mount, a signal) fails loudly and says what to install; no test is skipped.
//!
//! It ships with nothing: only tests and benchmarks depend on it. It knows the store contract and the event model, and no database.

mod asleep;
mod child;
mod counted;
mod counts;
pub mod day;
mod gate;
mod held;
mod meaning;
mod memory;
mod open_files;
pub mod postgres;
mod provider;
mod small_disk;
mod threads;

pub use annals_store::suite::{Samples, benchmark_event};
pub use asleep::is_asleep;
pub use child::{Child, Line, role, say};
pub use counted::{Count, counted};
pub use counts::{keep_line, rounds};
pub use gate::{Door, Gate};
pub use held::HeldStore;
pub use meaning::meaning;
pub use memory::{Flaw, Memory, MemoryStore};
pub use open_files::open_files_under;
pub use provider::Provider;
pub use small_disk::{Filling, SmallDisk};
pub use threads::{PATIENCE, Threads, in_time, until};
