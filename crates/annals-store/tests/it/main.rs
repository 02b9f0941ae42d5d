//! The suite itself: that it can be passed, and that it can fail.

mod controls;
mod entry_controls;
mod memory;
