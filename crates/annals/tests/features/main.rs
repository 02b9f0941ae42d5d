//! What users are promised, in Gherkin: `features/*.feature` in the project's root, played against the public API.
//!
//! Each scenario has a data directory of its own. What one process cannot show is shown by a second one, which is this binary again in a role ([`child`]).
//! Scenarios run one after another: they block on purpose, and threads and open files are counted.
//! `cargo test -p annals --test features -- --name 'Flush'` runs those whose name fits.

#![expect(clippy::unwrap_used, reason = "what is not as expected fails the scenario")]
#![expect(clippy::needless_pass_by_value, reason = "cucumber hands a step its arguments by value")]

mod child;
mod executor;
mod steps;
mod store;
mod trail;

use std::process::ExitCode;

use cucumber::World as _;

use crate::trail::Trail;

/// The scenarios, from this crate's folder.
const FEATURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../features");

fn main() -> ExitCode {
    if let Some(role) = child::role() {
        return child::play(&role);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    // It panics when a step failed, was not found or could not be read.
    runtime.block_on(Trail::cucumber().max_concurrent_scenarios(1).fail_on_skipped().run_and_exit(FEATURES));
    ExitCode::SUCCESS
}
