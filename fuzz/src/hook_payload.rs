//! What an agent's client tells its hook on standard input. Nothing of it is refused: whatever comes in, an event comes out that can be recorded.
//!
//! The first byte chooses how much is kept and how large details may be.

use std::sync::LazyLock;

use annals_capture::claude_code::Payload;
use annals_capture::{Policy, Project, Surroundings};
use annals_event::{Capture, Redactor, Rules};

use crate::check;

/// How large details may be.
const BOUNDS: [usize; 3] = [512, 4096, 65_536];
static RULES: LazyLock<[Rules; 3]> =
    LazyLock::new(|| BOUNDS.map(|max_details| Rules { max_details, ..Rules::default() }));

pub(crate) fn run(bytes: &[u8]) {
    let Some((choice, payload)) = bytes.split_first() else { return };
    let policy = policy(*choice);
    let event = Payload::parse(payload).event(&surroundings(), &policy);
    check::accepted(&event, rules(*choice));
}

/// A level, and a bound from tight to usual.
pub(crate) fn policy(choice: u8) -> Policy {
    let level = Capture::ALL[usize::from(choice) % Capture::ALL.len()];
    Policy { level, max_details: BOUNDS[bound(choice)], redactor: Redactor::standard() }
}

/// The rules under which an event with that policy is recorded.
pub(crate) fn rules(choice: u8) -> &'static Rules {
    &RULES[bound(choice)]
}

fn bound(choice: u8) -> usize {
    usize::from(choice / 16) % BOUNDS.len()
}

pub(crate) fn surroundings() -> Surroundings {
    let mut surroundings = Surroundings::default();
    surroundings.user = Some("ada".to_owned());
    surroundings.host = Some("machine".to_owned());
    surroundings.project = Some(Project { name: "project".to_owned(), root: "/home/ada/project".to_owned() });
    surroundings
}
