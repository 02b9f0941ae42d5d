//! Whether the log is sealed: how far, since when, by a key that is here, and whether it lacks what was published of it.

use annals::{ErrorKind, Evidence, KeyState};

use crate::failure::Failure;
use crate::reading::Reading;

/// What keeps the log from being sealed.
pub(super) struct Problem {
    pub(super) state: &'static str,
    pub(super) text: String,
}

/// Reads it; nothing of a database of an older format, which proves nothing yet.
pub(super) fn read(reading: &Reading) -> Result<Option<Evidence>, Failure> {
    match reading.audit.evidence() {
        Err(error) if error.kind() == ErrorKind::ReadOnly => Ok(None),
        evidence => Ok(evidence?),
    }
}

/// What is wrong, if anything is.
pub(super) fn problem(evidence: Option<&Evidence>) -> Option<Problem> {
    let evidence = evidence?;
    if let Some(problem) = &evidence.rolled_back {
        let text = format!(
            "the log was cut or put back: {problem} (hint: put the newer database back, or go on with this one by `annals checkpoint --accept-rollback`)"
        );
        return Some(Problem { state: "failing", text });
    }
    if let Some(problem) = &evidence.published_problem {
        return Some(Problem { state: "degraded", text: problem.clone() });
    }
    let what = match evidence.key.state {
        KeyState::Missing => "is not here, with which it is signed",
        KeyState::Other => "is not its key",
        _ => return None,
    };
    let text = format!(
        "the log is recorded and not sealed: `{}` {what} (hint: bring the key back with `annals key import FILE`)",
        evidence.key.path.display()
    );
    Some(Problem { state: "degraded", text })
}
