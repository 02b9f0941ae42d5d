//! What is wrong with an event or a value, in words a caller can act on.
//!
//! One type for every refusal in this crate, because every refusal answers the same three questions: which field, what
//! is wrong with it, and what would be right. Messages quote at most a short piece of the value, with control
//! characters escaped and secrets taken out, since an error ends up in logs that nobody redacts.

use std::borrow::Cow;
use std::fmt;

use crate::redact::Redactor;

/// The longest piece of a caller's value that a message quotes, in characters.
const QUOTED_CHARS: usize = 64;

/// The kind of a refusal, for programs; the message is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidKind {
    /// The event type is neither in the taxonomy nor registered.
    UnknownType,
    /// A JSON object has a field that no event has.
    UnknownField,
    /// The field, or the event type, is Annals' own.
    Reserved,
    /// A field that must be there is missing.
    Missing,
    /// The value has more bytes than its field takes.
    TooLarge,
    /// The value is nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep,
    /// A number that not every JSON reader can hold exactly.
    OutOfRange,
    /// Anything else that is not what the field takes.
    Malformed,
}

/// A refusal: the field, what is wrong with it, and what would be right.
///
/// Reads as `` `field`: problem (hint: what to do) ``.
#[derive(Clone, PartialEq, Eq)]
pub struct Invalid(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    field: Cow<'static, str>,
    kind: InvalidKind,
    problem: String,
    hint: Option<String>,
}

impl Invalid {
    /// A refusal of `field`. `problem` is lower case, without a full stop.
    pub fn new(field: impl Into<Cow<'static, str>>, kind: InvalidKind, problem: impl Into<String>) -> Self {
        Self(Box::new(Inner { field: field.into(), kind, problem: problem.into(), hint: None }))
    }

    /// The same with what the caller can do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The field by its public name, for a value inside `details` with its path: `details.files[2].size`.
    pub fn field(&self) -> &str {
        &self.0.field
    }

    /// What kind of refusal this is.
    pub fn kind(&self) -> InvalidKind {
        self.0.kind
    }

    /// What is wrong, without the field and the hint.
    pub fn problem(&self) -> &str {
        &self.0.problem
    }

    /// What the caller can do about it, where there is something.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The same refusal for a value one level further out.
    pub(crate) fn within(mut self, outer: impl FnOnce(&str) -> String) -> Self {
        self.0.field = Cow::Owned(outer(&self.0.field));
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.0.field, self.0.problem)?;
        match &self.0.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invalid({:?}, {self})", self.0.kind)
    }
}

impl std::error::Error for Invalid {}

/// A short, harmless piece of a caller's value for a message.
pub(crate) fn quoted(value: &str) -> String {
    // Redacted before it is cut, so that half a secret is never quoted for being cut in two.
    let window: String = value.chars().take(8 * QUOTED_CHARS).collect();
    let clean = Redactor::shared().redact(&window);
    let mut short: String = clean.chars().take(QUOTED_CHARS).flat_map(char::escape_debug).collect();
    if clean.chars().nth(QUOTED_CHARS).is_some() {
        short.push('…');
    }
    short
}

/// The candidate that a misspelt name most likely meant, if one is near enough to be worth proposing.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > QUOTED_CHARS {
        return None;
    }
    let name = name.to_ascii_lowercase().replace('-', "_");
    candidates
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.55)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
