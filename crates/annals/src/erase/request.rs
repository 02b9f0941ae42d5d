//! What is asked for, checked.

use std::collections::BTreeSet;

use annals_event::{EventId, Timestamp};
use annals_store::{Erasure as Bounded, Selection, TypePattern};

use crate::{Error, ErrorKind};

/// The longest reason in bytes: it stands in each declaration.
const MAX_REASON: usize = 1_024;

/// An erasure or a pruning, and why.
///
/// The reason is recorded for ever, so it must not repeat what is to be forgotten.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    what: Selection,
    reason: String,
}

impl Erasure {
    /// Everything about the events of this user, as `user_identity` or `on_behalf_of`.
    pub fn of_user(user: impl Into<String>, reason: impl Into<String>) -> Result<Self, Error> {
        let user = user.into();
        if user.is_empty() {
            return Err(invalid("`user` is empty"));
        }
        let erasure = Self::new(Selection::User(user.clone()), reason)?;
        if erasure.reason.to_lowercase().contains(&user.to_lowercase()) {
            return Err(invalid(
                "`reason` names the user that is to be erased, and would be kept for ever (hint: give a case number)",
            ));
        }
        Ok(erasure)
    }

    /// Everything about these events.
    pub fn of_events(ids: impl IntoIterator<Item = EventId>, reason: impl Into<String>) -> Result<Self, Error> {
        let ids: BTreeSet<EventId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Err(invalid("no event is named"));
        }
        Self::new(Selection::Events(ids), reason)
    }

    /// The details of what was recorded before this moment, of these types (`tool.invoked`, `tool.*`) only where any are given.
    pub fn of_details(
        before: Timestamp,
        types: impl IntoIterator<Item = TypePattern>,
        reason: impl Into<String>,
    ) -> Result<Self, Error> {
        Self::new(Selection::Details { before, types: types.into_iter().collect() }, reason)
    }

    /// Whole rows recorded before this moment, from the log's start, as far as full tiles of the tree keep their leaves. Events of `audit.*` among them stay.
    pub fn of_rows(before: Timestamp, reason: impl Into<String>) -> Result<Self, Error> {
        Self::new(Selection::Rows { before }, reason)
    }

    fn new(what: Selection, reason: impl Into<String>) -> Result<Self, Error> {
        let reason = reason.into();
        if reason.trim().is_empty() {
            return Err(invalid("`reason` is empty (hint: say why, for whoever reads the log later)"));
        }
        if reason.len() > MAX_REASON || reason.contains('\0') {
            return Err(invalid("`reason` is longer than 1024 bytes or holds a zero byte"));
        }
        Ok(Self { what, reason })
    }

    /// Why, as it will be recorded.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    pub(super) fn bounded_by(&self, spare_since: Timestamp) -> Bounded {
        Bounded { what: self.what.clone(), spare_since }
    }
}

fn invalid(problem: &str) -> Error {
    Error::new(ErrorKind::Invalid, problem)
}
