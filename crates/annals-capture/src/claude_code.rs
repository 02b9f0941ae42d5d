//! What Claude Code tells its hooks, one JSON object a process on standard input.
//!
//! The shapes are those of its documentation (hooks, version 2.1).
//! An event that isn't known is recorded all the same, as `session.notified`, and so is what is no JSON: nothing that the client says is refused.
//! `docs/hooks.md` has the table from payload field to column.

use annals_event::Event;
use serde_json::{Map, Value, json};

use crate::content::sha256;
use crate::guard::mention;
use crate::{Policy, Surroundings};

mod batch;
mod call;
mod columns;
mod hooks;
mod operation;
mod read;
mod rest;

#[cfg(test)]
mod tests;

pub use batch::{BatchCall, Intent};
pub use operation::NAMESPACE;

/// One payload.
#[derive(Clone, Debug)]
pub struct Payload(Result<Map<String, Value>, Unread>);

/// What could not be read as a payload.
#[derive(Clone, Debug)]
struct Unread {
    problem: &'static str,
    n_bytes: usize,
    /// Left out where the bytes name a guarded file.
    sha256: Option<String>,
}

impl Payload {
    /// Reads what stood on standard input. This never fails: what is no JSON object becomes an event that says so.
    ///
    /// Halves of surrogate pairs and bytes that are no UTF-8 are read as U+FFFD, because the client writes them where it cuts a text.
    pub fn parse(bytes: &[u8]) -> Self {
        Self(read::object(bytes).map_err(|problem| {
            let withheld = mention::in_text(&String::from_utf8_lossy(bytes));
            Unread { problem, n_bytes: bytes.len(), sha256: (!withheld).then(|| sha256(bytes)) }
        }))
    }

    /// What was too long to be read whole: only its size and digest are known.
    pub fn too_long(n_bytes: u64, sha256: String) -> Self {
        let n_bytes = usize::try_from(n_bytes).unwrap_or(usize::MAX);
        Self(Err(Unread { problem: "too long to be read", n_bytes, sha256: Some(sha256) }))
    }

    /// The folder that the session works in, as an absolute path.
    pub fn cwd(&self) -> Option<&str> {
        self.0.as_ref().ok()?.get("cwd")?.as_str().filter(|cwd| !cwd.is_empty())
    }

    /// The event, which `encode` accepts under rules with this policy's bound and redactor.
    pub fn event(&self, surroundings: &Surroundings, policy: &Policy) -> Event {
        match &self.0 {
            Ok(members) => hooks::event(members, surroundings, policy),
            Err(unread) => unread.event(surroundings, policy),
        }
    }
}

impl Unread {
    fn event(&self, surroundings: &Surroundings, policy: &Policy) -> Event {
        let mut details = json!({ "problem": self.problem, "bytes": self.n_bytes });
        if policy.level != annals_event::Capture::Metadata
            && let Some(sha256) = &self.sha256
        {
            details["sha256"] = sha256.as_str().into();
        }
        columns::surrounded(Event::new("session.notified"), surroundings, policy).details(policy.fit(details))
    }
}
