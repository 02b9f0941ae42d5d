//! `annals serve` as a process, and clients that mean it ill: each is answered clearly or cut, nothing that was answered is lost or doubled, and the process never has more than
//! 200 MB of memory.
//!
//! How soon an overloaded server answers is measured by `cargo xtask bench server`, and asserted nowhere here.

mod crowd;
mod cursors;
mod doors;
mod floods;
mod served;
mod sizes;
mod texts;
mod vanishing;

mod slow;

mod walls;
mod wire;
