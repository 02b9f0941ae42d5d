//! Which events a read is about.
//!
//! All conditions must hold together; within one condition any of its values will do. Text is compared as it stands, without regard to locale.
//! What a filter means is said by [`Filter::fits`]; how a database finds those events is its own business, and the suite compares the two.

use annals_event::{Column, Decision, Outcome, StoredEvent, Timestamp};

use crate::{EventWords, Glob, Search};

/// A half-open span of sequence numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeqRange {
    /// The first `seq` in it.
    pub start: u64,
    /// The first `seq` behind it.
    pub end: u64,
}

impl SeqRange {
    /// The whole log.
    pub const ALL: Self = Self { start: 0, end: i64::MAX as u64 };
}

/// One condition on the type of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypePattern {
    /// Just this type.
    Exact(String),
    /// Every type of a family: `tool.` for `tool.*`.
    Family(String),
}

impl TypePattern {
    /// Reads `tool.invoked` or `tool.*`. A store resolves a family to the types that its log holds, those of other services included.
    pub fn parse(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(family) if family.ends_with('.') => Self::Family(family.to_owned()),
            _ => Self::Exact(text.to_owned()),
        }
    }

    /// Whether a type fits.
    pub fn fits(&self, event_type: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == event_type,
            Self::Family(family) => event_type.starts_with(family.as_str()),
        }
    }
}

/// The conditions of a query. The default has none and finds everything.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Filter {
    /// Event types, any of them.
    pub event_types: Vec<TypePattern>,
    /// Text columns that must equal a value, all of them: `tool`, `actor_name`, `session_id` and so on.
    pub equals: Vec<(Column, String)>,
    /// A glob that the `resource` must fit.
    pub resource: Option<Glob>,
    /// Outcomes, any of them.
    pub outcomes: Vec<Outcome>,
    /// Decisions, any of them.
    pub decisions: Vec<Decision>,
    /// The space whose record it is. `None` sees all, which only the owner of the file may.
    pub space: Option<String>,
    /// Recorded at or after this moment.
    pub since: Option<Timestamp>,
    /// Recorded before this moment.
    pub until: Option<Timestamp>,
    /// Created at or after this moment (the recording process's clock).
    pub created_since: Option<Timestamp>,
    /// Created before this moment.
    pub created_until: Option<Timestamp>,
    /// A span of sequence numbers.
    pub seqs: Option<SeqRange>,
    /// Text that the details must contain, compared byte for byte with the stored JSON.
    pub text: Option<String>,
    /// Words that the event must have, and what stood beside them in a query.
    pub search: Option<Search>,
}

impl Filter {
    /// No condition at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a type, `tool.invoked` or `tool.*`.
    pub fn event_type(mut self, pattern: &str) -> Self {
        self.event_types.push(TypePattern::parse(pattern));
        self
    }

    /// Adds a text column that must equal a value.
    pub fn equals(mut self, column: Column, value: impl Into<String>) -> Self {
        self.equals.push((column, value.into()));
        self
    }

    /// Sets the glob for `resource`.
    pub fn resource(mut self, glob: Glob) -> Self {
        self.resource = Some(glob);
        self
    }

    /// Adds an outcome.
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }

    /// Adds a decision.
    pub fn decision(mut self, decision: Decision) -> Self {
        self.decisions.push(decision);
        self
    }

    /// Sets the space.
    pub fn space(mut self, space: impl Into<String>) -> Self {
        self.space = Some(space.into());
        self
    }

    /// Sets the first moment of recording.
    pub fn since(mut self, moment: Timestamp) -> Self {
        self.since = Some(moment);
        self
    }

    /// Sets the moment before which it was recorded.
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.until = Some(moment);
        self
    }

    /// Sets the first moment of creation.
    pub fn created_since(mut self, moment: Timestamp) -> Self {
        self.created_since = Some(moment);
        self
    }

    /// Sets the moment before which it was created.
    pub fn created_until(mut self, moment: Timestamp) -> Self {
        self.created_until = Some(moment);
        self
    }

    /// Sets the span of sequence numbers.
    pub fn seqs(mut self, span: SeqRange) -> Self {
        self.seqs = Some(span);
        self
    }

    /// Sets the text that the details must contain.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the words that the event must have.
    pub fn search(mut self, search: Search) -> Self {
        self.search = Some(search);
        self
    }

    /// Whether an event fits. It has to be the event as it was stored: an erased column fits no value.
    pub fn fits(&self, event: &StoredEvent) -> bool {
        let within = |at: Timestamp, since: Option<Timestamp>, until: Option<Timestamp>| {
            since.is_none_or(|since| at >= since) && until.is_none_or(|until| at < until)
        };
        (self.event_types.is_empty() || self.event_types.iter().any(|pattern| pattern.fits(&event.event_type)))
            && self.equals.iter().all(|(column, value)| event.get(*column) == Some(value))
            && self.resource.as_ref().is_none_or(|glob| event.get(Column::Resource).is_some_and(|it| glob.is_match(it)))
            && (self.outcomes.is_empty() || event.outcome.is_some_and(|outcome| self.outcomes.contains(&outcome)))
            && (self.decisions.is_empty()
                || self.decisions.iter().any(|it| event.get(Column::Decision) == Some(it.as_str())))
            && self.space.as_ref().is_none_or(|space| event.space == *space)
            && within(event.recorded_at, self.since, self.until)
            && within(event.created_at, self.created_since, self.created_until)
            && self.seqs.is_none_or(|span| (span.start..span.end).contains(&event.seq))
            && self.text.as_ref().is_none_or(|text| event.details.as_ref().is_some_and(|it| it.contains(text.as_str())))
            && self.search.as_ref().is_none_or(|search| search.fits(event, &EventWords::of(event)))
    }
}

#[cfg(test)]
mod tests;
