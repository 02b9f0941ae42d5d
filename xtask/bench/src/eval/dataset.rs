//! A benchmark's conversations and questions, read from a file of the user's and recognised by its shape.
//!
//! Both shapes become the same: haystacks of sessions of turns, and questions, each with its haystack and with what in it answers the question.
//! Nothing of a dataset is kept here or shipped: their licences are not ours. Dates stay as the dataset wrote them, and are read only as far as a day and a minute are asked for.

mod date;
mod locomo;
mod longmemeval;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::hex;

pub(super) use self::date::Date;

/// What is expected of a file, for those who gave another one.
const EXPECTED: &str = "a list of LoCoMo's conversations (`conversation` and `qa` in each) or of LongMemEval's questions (`question` and `haystack_sessions` in each)";

/// Of how long a line an entry's description may be, in characters; a turn that is longer or has several lines is the entry's content.
const LONGEST_LINE: usize = 1_000;
/// How much of such a turn stands in the description.
const HEAD: usize = 120;

/// Which shape a file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// All conversations lie in one haystack of haystacks, and a question may find entries of any.
    LoCoMo,
    /// Each question is asked of its own haystack.
    LongMemEval,
}

impl Shape {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::LoCoMo => "LoCoMo",
            Self::LongMemEval => "LongMemEval",
        }
    }
}

/// What becomes an entry of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Each {
    /// What one speaker says at once
    Turn,
    /// All that is said in one session
    Session,
}

impl Each {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Session => "session",
        }
    }
}

/// All of a file.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) shape: Shape,
    /// What tells this file from another one.
    pub(super) digest: String,
    pub(super) haystacks: Vec<Haystack>,
    pub(super) questions: Vec<Question>,
}

/// A conversation, or what one question is asked of.
#[derive(Debug)]
pub(super) struct Haystack {
    /// Its name in the dataset, which is the source of its entries.
    pub(super) name: String,
    pub(super) sessions: Vec<Session>,
}

/// What was said on one occasion.
#[derive(Debug)]
pub(super) struct Session {
    /// Its place in the haystack, from 1, or its number in the dataset.
    pub(super) number: usize,
    pub(super) date: Option<Date>,
    /// Shared by the haystacks that hold the same.
    pub(super) turns: Arc<Vec<Turn>>,
}

/// What one speaker said.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Turn {
    pub(super) speaker: String,
    pub(super) text: String,
}

/// A question, and what answers it.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) text: String,
    /// As the dataset names it.
    pub(super) category: String,
    /// Its haystack, by its place in the dataset.
    pub(super) haystack: usize,
    /// Places of sessions and of turns in them, none twice.
    pub(super) turns: Vec<(usize, usize)>,
    /// Places of sessions, none twice.
    pub(super) sessions: Vec<usize>,
    /// Whether the dataset says that the haystack has no answer.
    pub(super) has_no_answer: bool,
}

/// What is remembered.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its logical key, one word, so that no number in it is found as one.
    pub(super) key: String,
    pub(super) description: String,
    pub(super) content: Option<String>,
    pub(super) tags: Vec<String>,
}

impl Dataset {
    /// Reads a file. An error says what was expected and where the file is different.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("could not read `{}`", path.display()))?;
        let value: Value = serde_json::from_slice(&bytes)
            .with_context(|| format!("`{}` is no JSON (hint: give {EXPECTED})", path.display()))?;
        let digest = Sha256::digest(&bytes);
        drop(bytes);
        let mut dataset =
            Self::read(value).with_context(|| format!("`{}` is no dataset that is known", path.display()))?;
        dataset.digest = hex(&digest[..6]);
        Ok(dataset)
    }

    /// The same of what the file holds.
    pub(super) fn read(value: Value) -> anyhow::Result<Self> {
        let Value::Array(items) = value else { bail!("it is no list (hint: give {EXPECTED})") };
        let Some(first) = items.first() else { bail!("the list is empty (hint: give {EXPECTED})") };
        let has = |names: [&str; 2]| names.iter().all(|name| first.get(name).is_some());
        if has(["conversation", "qa"]) {
            locomo::read(items)
        } else if has(["question", "haystack_sessions"]) {
            longmemeval::read(items)
        } else {
            let names: Vec<&str> =
                first.as_object().into_iter().flat_map(|first| first.keys()).map(String::as_str).collect();
            bail!("its first item has the members {names:?} (hint: give {EXPECTED})")
        }
    }

    const fn empty(shape: Shape) -> Self {
        Self { shape, digest: String::new(), haystacks: Vec::new(), questions: Vec::new() }
    }

    /// Leaves so many questions, spread evenly over the file.
    pub(super) fn keep_questions(&mut self, n_kept: usize) {
        let n = self.questions.len();
        if n_kept < n {
            let mut at = 0;
            self.questions.retain(|_| {
                at += 1;
                // The question is the first one past the next even step.
                (at - 1) * n_kept / n != at * n_kept / n
            });
        }
    }

    pub(super) fn n_turns(&self) -> usize {
        self.haystacks.iter().flat_map(|haystack| &haystack.sessions).map(|session| session.turns.len()).sum()
    }
}

impl Question {
    /// The keys of the entries that answer it.
    pub(super) fn evidence(&self, haystack: &Haystack, each: Each) -> Vec<String> {
        let number = |session: usize| haystack.sessions.get(session).map_or(0, |session| session.number);
        match each {
            Each::Turn => self.turns.iter().map(|(session, turn)| turn_key(number(*session), *turn)).collect(),
            Each::Session => self.sessions.iter().map(|session| session_key(number(*session))).collect(),
        }
    }
}

impl Haystack {
    /// The entries of one session.
    pub(super) fn entries(&self, session: &Session, each: Each) -> Vec<Entry> {
        match each {
            Each::Turn => session.turns.iter().enumerate().map(|(at, turn)| session.turn(at, turn)).collect(),
            Each::Session => vec![session.whole(&self.name)],
        }
    }
}

impl Session {
    fn turn(&self, at: usize, turn: &Turn) -> Entry {
        let said = format!("{}: {}", turn.speaker, turn.text);
        let is_line = !turn.text.contains('\n') && turn.text.chars().count() <= LONGEST_LINE;
        let (description, content) = if is_line {
            (said, None)
        } else {
            let line: String = said.lines().next().unwrap_or_default().chars().take(HEAD).collect();
            (line, Some(turn.text.clone()))
        };
        Entry { key: turn_key(self.number, at), description, content, tags: self.tags() }
    }

    fn whole(&self, name: &str) -> Entry {
        let lines: Vec<String> = self.turns.iter().map(|turn| format!("{}: {}", turn.speaker, turn.text)).collect();
        let date = self.date.as_ref().map_or_else(String::new, |date| format!(" of {}", date.text));
        Entry {
            key: session_key(self.number),
            description: format!("{name}: the session{date}"),
            content: Some(lines.join("\n")),
            tags: self.tags(),
        }
    }

    /// The session, and its date as the dataset has it and as an ISO day.
    fn tags(&self) -> Vec<String> {
        let mut tags = vec![format!("session{}", self.number)];
        if let Some(date) = &self.date {
            tags.push(date.text.clone());
            tags.extend(date.day());
        }
        tags
    }
}

fn turn_key(session: usize, turn: usize) -> String {
    format!("s{session}t{}", turn + 1)
}

fn session_key(session: usize) -> String {
    format!("s{session}")
}

/// A member that must be a text; `at` says of what it is.
fn text(value: &Value, name: &str, at: &str) -> anyhow::Result<String> {
    match value.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => bail!("`{name}` of {at} is no text"),
        None => bail!("{at} has no `{name}`"),
    }
}

/// A member that must be a list.
fn list<'a>(value: &'a Value, name: &str, at: &str) -> anyhow::Result<&'a Vec<Value>> {
    value.get(name).and_then(Value::as_array).with_context(|| format!("{at} has no list `{name}`"))
}

#[cfg(test)]
mod tests;
