//! What is done to the text of a settings file, whichever client it belongs to, and the proof that nothing else was.
//!
//! An edited text must, with our entries taken out again, say what the old one says without them. One that doesn't is not written:
//! a mistake of ours then costs a message and not somebody's settings.

use std::path::Path;

use jsonc_parser::{JsonValue, parse_to_value};

use super::document::{self, Unfit};
use super::own::{Ours, Own};
use super::{hooks, memory, servers};
use crate::arguments::Client;

/// What was found in a text.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The entries of ours.
    pub(crate) ours: Vec<Ours>,
    /// How many events or servers have one.
    pub(crate) n_ours: usize,
    /// How many servers of ours there are that agents remember with.
    pub(crate) n_memories: usize,
    /// The events or servers that have none.
    pub(crate) missing: Vec<String>,
    /// What else a person may want to know.
    pub(crate) notes: Vec<String>,
    /// Whether the client doesn't run what it is told to.
    pub(crate) is_off: bool,
}

/// Which empty members go when entries are taken out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Prune {
    /// Those that our entries alone had filled.
    Ours,
    /// All, for comparing.
    Everything,
}

/// What a settings file holds that is ours to edit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Holds {
    /// Claude Code's hooks.
    Hooks,
    /// MCP servers, in the member of this name.
    Servers(&'static str),
}

impl Holds {
    /// What this file of this client holds.
    pub(crate) fn of(client: Client, file: &Path) -> Self {
        if file.file_name().is_some_and(|name| name == super::places::CLAUDE_SERVERS) {
            return Self::Servers("mcpServers");
        }
        client.into()
    }
}

impl From<Client> for Holds {
    fn from(client: Client) -> Self {
        match client {
            Client::ClaudeCode => Self::Hooks,
            Client::Vscode => Self::Servers("servers"),
            Client::Cursor | Client::ClaudeDesktop => Self::Servers("mcpServers"),
        }
    }
}

/// What is there.
pub(crate) fn look(holds: impl Into<Holds>, bytes: &[u8]) -> Result<Seen, Unfit> {
    let (_, text) = document::text(bytes)?;
    match holds.into() {
        Holds::Hooks => hooks::look(text),
        Holds::Servers(member) => servers::look(text, member),
    }
}

/// The file with our entries, the same where they are there already.
pub(super) fn put_in(holds: impl Into<Holds>, bytes: &[u8], own: &Own) -> Result<Vec<u8>, Unfit> {
    let holds = holds.into();
    let (mark, text) = document::text(bytes)?;
    let new = match holds {
        Holds::Hooks => hooks::put_in(text, own)?,
        Holds::Servers(member) => servers::put_in(text, member, own)?,
    };
    checked(holds, mark, text, &new)
}

/// The file with the server that agents remember with, the same where it is there already.
pub(super) fn put_memory(client: Client, holds: Holds, bytes: &[u8], own: &Own) -> Result<Vec<u8>, Unfit> {
    let (mark, text) = document::text(bytes)?;
    let new = match holds {
        Holds::Hooks => text.to_owned(),
        Holds::Servers(member) => memory::put_in(text, member, client, own)?,
    };
    checked(holds, mark, text, &new)
}

/// The file without any entry of ours.
pub(super) fn take_out(holds: impl Into<Holds>, bytes: &[u8]) -> Result<Vec<u8>, Unfit> {
    let holds = holds.into();
    let (mark, text) = document::text(bytes)?;
    let new = without(holds, text, Prune::Ours)?;
    checked(holds, mark, text, &new)
}

/// Whether a file says nothing at all.
pub(super) fn is_empty(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|character| !character.is_whitespace()).collect::<String>() == "{}"
}

fn without(holds: Holds, text: &str, prune: Prune) -> Result<String, Unfit> {
    match holds {
        Holds::Hooks => hooks::take_out(text, prune),
        Holds::Servers(member) => memory::take_out(&servers::take_out(text, member, prune)?, member, prune),
    }
}

fn checked(holds: Holds, mark: &str, old: &str, new: &str) -> Result<Vec<u8>, Unfit> {
    let (before, after) = (without(holds, old, Prune::Everything)?, without(holds, new, Prune::Everything)?);
    let options = document::options();
    let is_same = match (parse_to_value(&before, &options), parse_to_value(&after, &options)) {
        (Ok(Some(before)), Ok(Some(after))) => before == after,
        // A file with nothing in it becomes an object.
        (Ok(None), Ok(Some(JsonValue::Object(after)))) => after.is_empty(),
        (Ok(None), Ok(None)) => true,
        _ => false,
    };
    if !is_same {
        return Err(Unfit::at(old, 0, "it is written in a way that can't be edited safely"));
    }
    Ok([mark.as_bytes(), new.as_bytes()].concat())
}

#[cfg(test)]
mod tests;
