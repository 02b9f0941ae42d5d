//! What is done to the text of a settings file, whichever client it belongs to, and the proof that nothing else was.
//!
//! An edited text must, with our entries taken out again, say what the old one says without them. One that doesn't is not written:
//! a mistake of ours then costs a message and not somebody's settings.

use jsonc_parser::{JsonValue, parse_to_value};

use super::document::{self, Unfit};
use super::own::{Ours, Own};
use super::{hooks, servers};
use crate::arguments::Client;

/// What was found in a text.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The entries of ours.
    pub(crate) ours: Vec<Ours>,
    /// How many events or servers have one.
    pub(crate) n_ours: usize,
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

/// What is there.
pub(crate) fn look(client: Client, bytes: &[u8]) -> Result<Seen, Unfit> {
    let (_, text) = document::text(bytes)?;
    match member(client) {
        None => hooks::look(text),
        Some(member) => servers::look(text, member),
    }
}

/// The file with our entries, the same where they are there already.
pub(super) fn put_in(client: Client, bytes: &[u8], own: &Own) -> Result<Vec<u8>, Unfit> {
    let (mark, text) = document::text(bytes)?;
    let new = match member(client) {
        None => hooks::put_in(text, own)?,
        Some(member) => servers::put_in(text, member, own)?,
    };
    checked(client, mark, text, &new)
}

/// The file without any entry of ours.
pub(super) fn take_out(client: Client, bytes: &[u8]) -> Result<Vec<u8>, Unfit> {
    let (mark, text) = document::text(bytes)?;
    let new = without(client, text, Prune::Ours)?;
    checked(client, mark, text, &new)
}

/// Whether a file says nothing at all.
pub(super) fn is_empty(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|character| !character.is_whitespace()).collect::<String>() == "{}"
}

fn without(client: Client, text: &str, prune: Prune) -> Result<String, Unfit> {
    match member(client) {
        None => hooks::take_out(text, prune),
        Some(member) => servers::take_out(text, member, prune),
    }
}

fn checked(client: Client, mark: &str, old: &str, new: &str) -> Result<Vec<u8>, Unfit> {
    let (before, after) = (without(client, old, Prune::Everything)?, without(client, new, Prune::Everything)?);
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

/// The member that holds a client's servers; `None` for the client that has hooks.
fn member(client: Client) -> Option<&'static str> {
    match client {
        Client::ClaudeCode => None,
        Client::Vscode => Some("servers"),
        Client::Cursor | Client::ClaudeDesktop => Some("mcpServers"),
    }
}

#[cfg(test)]
mod tests;
