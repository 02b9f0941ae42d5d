//! Files that hold secrets: `.env*`, `*.pem`, `*.key` and everything in `.ssh`.
//!
//! What a call reads from one of them or writes to it is not kept at any level, not even as a digest, because a short secret is guessed from its digest.
//! Whether a call names one is asked of everything in its arguments that can be a name, since a tool may call its path whatever it likes.
//! A name is looked at as text: symbolic links, variables of a shell and names that a program puts together are not seen.

use serde_json::Value;

use crate::call::Call;
use crate::content::{is_body, plain};

pub(crate) mod mention;
pub(crate) mod name;
pub(crate) mod shell;

/// Whether and by what name a call reaches for a guarded file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    named: Option<String>,
    on: bool,
    writes: bool,
}

/// What sentences stand under; they may tell of a file without reaching for it.
const PROSE: &[&str] = &[
    "activeform",
    "comment",
    "commitmessage",
    "description",
    "details",
    "explanation",
    "goal",
    "header",
    "label",
    "message",
    "note",
    "notes",
    "objective",
    "query",
    "question",
    "reason",
    "subject",
    "summary",
    "task",
    "tasksubject",
    "thought",
    "title",
];

/// The longest text that can be the name of a file.
const LONGEST_NAME: usize = 8 * 1024;

impl Guard {
    /// Looks through a call's arguments.
    pub(crate) fn of(call: &Call<'_>) -> Self {
        let mut guard = Self::default();
        guard.look(call.tool, "", call.arguments);
        guard.on |= guard.named.is_some();
        guard
    }

    /// The same for a call made in a folder: in `.ssh`, every name is guarded.
    pub(crate) fn within(mut self, folder: &str) -> Self {
        self.on |= name::is_guarded(folder);
        self
    }

    /// Whether nothing of the call's content is kept.
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// The guarded file, as it was named.
    pub(crate) fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Whether a shell command may hold what is written to it.
    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    fn look(&mut self, tool: &str, key: &str, value: &Value) {
        match value {
            Value::String(text) => self.look_at(tool, key, text),
            Value::Array(items) => items.iter().for_each(|item| self.look(tool, key, item)),
            Value::Object(members) => {
                for (key, member) in members {
                    if name::is_guarded(key) {
                        self.found(key);
                    }
                    self.look(tool, key, member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn look_at(&mut self, tool: &str, key: &str, text: &str) {
        if shell::is_command(key) {
            if let Some(named) = shell::guarded_word(text) {
                self.found(&named);
                self.writes |= !shell::only_reads(text);
            }
            return;
        }
        let one_line = text.len() <= LONGEST_NAME && !text.contains('\n');
        let looked_at_whole = match Text::under(tool, key) {
            Text::Name => one_line,
            Text::Said => one_line && !text.contains(char::is_whitespace),
            Text::Expression => false,
        };
        if looked_at_whole && name::is_guarded(text) {
            self.found(text);
        } else if matches!(Text::under(tool, key), Text::Name)
            && let Some(named) = name::first_in(text)
        {
            self.found(&named);
        }
    }

    fn found(&mut self, named: &str) {
        if self.named.is_none() {
            self.named = Some(named.trim().to_owned());
        }
    }
}

/// What a text under some key is.
enum Text {
    /// It may be a name, or several.
    Name,
    /// Content or sentences, unless it is one word.
    Said,
    /// What is searched for.
    Expression,
}

impl Text {
    fn under(tool: &str, key: &str) -> Self {
        let key = plain(key);
        match key.as_str() {
            "pattern" | "regex" if tool != "Glob" && !tool.contains("file") => Self::Expression,
            _ if PROSE.contains(&key.as_str()) || is_body(&key) => Self::Said,
            _ => Self::Name,
        }
    }
}

#[cfg(test)]
mod tests;
