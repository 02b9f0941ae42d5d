//! How much of what an agent handled is kept.
//!
//! The one place that decides it, for every way in.
//! Two questions are asked, in this order: does the call name a file that holds secrets (then no content is kept, at any level), and what does the level keep?
//! It knows calls, their results and errors; which of a client's messages is what, the client's page says.

use std::borrow::Cow;

use annals_event::{Capture, REDACTED, Redactor};
use serde_json::{Map, Value, json};

use crate::Call;
use crate::content::{self, digested, overlap, size};
use crate::cut;
use crate::guard::{Guard, shell};

mod keep;
mod resource;

#[cfg(test)]
mod tests;

/// The longest beginning of an error that is kept at level `arguments`.
const MAX_ERROR: usize = 1024;

/// How much of an error's first line is looked at: what is kept of it, and what may be astride the cut.
const LOOKED_AT: usize = 8 * 1024;

/// The level in force and its bounds.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How much is kept.
    pub level: Capture,
    /// How many bytes an event's details may have, encoded.
    pub max_details: usize,
    /// Takes the secrets out of a text before it is cut, since half a secret is not known as one.
    pub redactor: Redactor,
}

/// What is kept of a value, and how large the value was.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What goes into the event's details.
    pub value: Value,
    /// The bytes of the whole: of a text itself, of any other value as JSON.
    pub bytes: u64,
}

impl Policy {
    /// What is kept of a call's arguments; it belongs under `arguments`.
    pub fn arguments(&self, call: &Call<'_>) -> Kept {
        self.arguments_of(call, &Guard::of(call))
    }

    /// What is kept of a call's result; it belongs under `result`.
    pub fn result(&self, call: &Call<'_>, result: &Value) -> Kept {
        self.result_of(&Guard::of(call), result)
    }

    /// What is kept of a call's error text; it belongs under `error`.
    ///
    /// At `arguments` that is the first line without what it repeats of a body that isn't kept, as text where it is the whole error, else as `{"cut": …, "bytes": …, "sha256": …}`.
    pub fn error(&self, call: &Call<'_>, text: &str) -> Value {
        self.error_of(call, &Guard::of(call), text)
    }

    /// What is kept of a prompt, or of anything else that was said.
    pub fn prompt(&self, text: &str) -> Value {
        match self.level {
            Capture::Full => self.bounded(text),
            Capture::Arguments => json!({ "bytes": text.len(), "sha256": content::sha256(text.as_bytes()) }),
            _ => json!({ "bytes": text.len() }),
        }
    }

    /// The details, such that `encode` accepts them with this policy's bound and redactor, whatever came in.
    ///
    /// The longest texts are cut first; an integer beyond ±(2^53−1) becomes a text, NUL its symbol.
    pub fn fit(&self, details: Value) -> Value {
        cut::details(details, self.max_details, &self.redactor)
    }

    /// What the call acts on: a guarded file that it names anywhere, else its path, URL or URI argument.
    pub fn resource(&self, call: &Call<'_>) -> Option<String> {
        self.resource_of(call, &Guard::of(call))
    }

    pub(crate) fn resource_of(&self, call: &Call<'_>, guard: &Guard) -> Option<String> {
        let named = guard.named().map(str::to_owned).or_else(|| resource::named_by(call.arguments))?;
        cut::column(&resource::relative(&named, call.root), &self.redactor)
    }

    pub(crate) fn arguments_of(&self, call: &Call<'_>, guard: &Guard) -> Kept {
        let bytes = size(call.arguments);
        let value = match self.level {
            Capture::Arguments | Capture::Full => keep::arguments(self, call, guard),
            _ => json!({ "bytes": bytes }),
        };
        Kept { value, bytes }
    }

    pub(crate) fn result_of(&self, guard: &Guard, result: &Value) -> Kept {
        let bytes = size(result);
        let withheld = || guard.is_on() || crate::guard::mention::in_value(result);
        let value = match self.level {
            Capture::Arguments | Capture::Full if withheld() => REDACTED.into(),
            Capture::Full => self.whole(result),
            Capture::Arguments => digested(result),
            _ => json!({ "bytes": bytes }),
        };
        Kept { value, bytes }
    }

    pub(crate) fn error_of(&self, call: &Call<'_>, guard: &Guard, text: &str) -> Value {
        match self.level {
            Capture::Arguments | Capture::Full if guard.is_on() || crate::guard::mention::in_text(text) => {
                REDACTED.into()
            }
            Capture::Full => self.bounded(text),
            Capture::Arguments => self.first_line(text, &keep::bodies(call.arguments)),
            _ => json!({ "bytes": text.len() }),
        }
    }

    /// The first line of an error, without what it shares with the bodies.
    fn first_line(&self, text: &str, bodies: &[Cow<'_, str>]) -> Value {
        let trimmed = text.trim();
        let line = trimmed.lines().next().unwrap_or_default();
        let line = &line[..line.floor_char_boundary(LOOKED_AT)];
        let without_bodies = overlap::without(line, bodies);
        let without_secrets = self.redactor.redact(line);
        let left: Cow<'_, str> = match (&without_bodies, &without_secrets) {
            (Cow::Borrowed(_), _) => without_secrets,
            (Cow::Owned(_), Cow::Borrowed(_)) => without_bodies,
            // Each may have hidden from the other the half of what it had to take.
            (Cow::Owned(_), Cow::Owned(_)) => Cow::Borrowed(overlap::WITHHELD),
        };
        if left == trimmed && left.len() <= MAX_ERROR {
            return left.into();
        }
        let cut = &left[..left.floor_char_boundary(MAX_ERROR)];
        json!({ "cut": cut, "bytes": text.len(), "sha256": content::sha256(text.as_bytes()) })
    }

    /// A value as it is, its texts no longer than details can be.
    pub(crate) fn whole(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.bounded(text),
            Value::Array(items) => items.iter().map(|item| self.whole(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(key, member)| (key.clone(), self.whole(member))).collect::<Map<_, _>>().into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A text as it is, or cut where it can't fit in any case.
    pub(crate) fn bounded(&self, text: &str) -> Value {
        if text.len() > self.max_details { cut::text(text, self.max_details, &self.redactor) } else { text.into() }
    }

    /// A shell command: its here-documents are file bodies.
    fn command(&self, command: &str, guard: &Guard) -> Value {
        let kept = match (guard.is_on(), self.level) {
            (true, _) => shell::without_written(command),
            (false, Capture::Full) => Cow::Borrowed(command),
            (false, _) => shell::without_documents(command, |body| digested(&body.into()).to_string()),
        };
        self.bounded(&kept)
    }
}
