//! The walk through a call's arguments: what of each is kept.

use std::borrow::Cow;

use annals_event::{Capture, REDACTED};
use serde_json::{Map, Value};

use super::{Call, Policy};
use crate::content::{digested, is_body, plain};
use crate::guard::{Guard, name, shell};

/// Tools whose arguments are known: besides bodies none of them holds content.
const KNOWN: &[&str] = &[
    "Bash",
    "BashOutput",
    "Edit",
    "Glob",
    "Grep",
    "LS",
    "Monitor",
    "MultiEdit",
    "NotebookEdit",
    "NotebookRead",
    "Read",
    "Write",
];

/// Where in the arguments the walk is.
#[derive(Clone, Copy)]
struct Place<'a> {
    policy: &'a Policy,
    guard: &'a Guard,
    known: bool,
}

/// What is kept of a call's arguments at the levels that keep them.
pub(super) fn arguments(policy: &Policy, call: &Call<'_>, guard: &Guard) -> Value {
    let place = Place { policy, guard, known: KNOWN.contains(&call.tool) };
    place.value("", call.arguments)
}

/// The texts of a call that are not kept at level `arguments`: an error must not repeat them.
pub(super) fn bodies(arguments: &Value) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    collect("", arguments, &mut found);
    found
}

fn collect<'v>(key: &str, value: &'v Value, found: &mut Vec<Cow<'v, str>>) {
    if is_body(key) {
        return texts(value, found);
    }
    match value {
        Value::String(text) if shell::is_command(key) => {
            found.extend(shell::documents(text).into_iter().map(|range| Cow::Borrowed(&text[range])));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(key, item, found)),
        Value::Object(members) => members.iter().for_each(|(key, member)| collect(key, member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn texts<'v>(value: &'v Value, found: &mut Vec<Cow<'v, str>>) {
    match value {
        Value::String(text) => found.push(Cow::Borrowed(text)),
        Value::Number(number) => found.push(Cow::Owned(number.to_string())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => {
            for (key, member) in members {
                found.push(Cow::Borrowed(key));
                texts(member, found);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

impl Place<'_> {
    fn value(self, key: &str, value: &Value) -> Value {
        if is_body(key) && !matches!(value, Value::Null | Value::Bool(_)) {
            match self.policy.level {
                _ if self.guard.is_on() => return REDACTED.into(),
                Capture::Full => {}
                _ => return digested(value),
            }
        }
        match value {
            Value::String(text) => self.text(key, text),
            Value::Array(items) => items.iter().map(|item| self.value(key, item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(key, member)| self.member(key, member)).collect::<Map<_, _>>().into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A member whose key may be a path: `{"files": {".env": "…"}}`.
    fn member(self, key: &str, member: &Value) -> (String, Value) {
        let value = if self.guard.is_on() && name::is_guarded(key) { REDACTED.into() } else { self.value(key, member) };
        (key.to_owned(), value)
    }

    fn text(self, key: &str, text: &str) -> Value {
        if shell::is_command(key) {
            return self.policy.command(text, self.guard);
        }
        if self.guard.is_on() && !self.stays(key, text) {
            return REDACTED.into();
        }
        self.policy.bounded(text)
    }

    /// Whether a text of a call that names a guarded file says where and not what.
    fn stays(self, key: &str, text: &str) -> bool {
        if plain(key) == "description" && self.guard.writes() {
            return false;
        }
        self.known || (is_place(key) && !text.contains('\n')) || name::is_guarded(text)
    }
}

/// Whether something by this name says where.
fn is_place(key: &str) -> bool {
    const PLACES: &[&str] = &[
        "branch",
        "cwd",
        "destination",
        "dir",
        "directory",
        "file",
        "filename",
        "filepath",
        "files",
        "folder",
        "glob",
        "notebookpath",
        "path",
        "paths",
        "pattern",
        "ref",
        "repo",
        "root",
        "source",
        "target",
        "uri",
        "url",
    ];
    PLACES.contains(&plain(key).as_str())
}
