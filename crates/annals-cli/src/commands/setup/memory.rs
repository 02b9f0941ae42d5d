//! The server that agents remember with: one entry more among a client's MCP servers.
//!
//! It is known again by what it runs, as every entry of ours; a server of somebody else that has its name is theirs, and the file is left alone.

use jsonc_parser::common::Ranged;
use jsonc_parser::cst::CstObject;

use super::document::{self, Unfit};
use super::edit::Prune;
use super::hooks::tree;
use super::own::Own;
use super::servers::{memory_of, servers};
use crate::arguments::Client;

/// What the client calls it, and shows its tools under.
const NAME: &str = "annals";

/// The text with the server.
pub(super) fn put_in(text: &str, member: &str, client: Client, own: &Own) -> Result<String, Unfit> {
    let object = document::object(text)?;
    let mut others = Vec::new();
    let mut there = None;
    for server in servers(text, object.as_ref(), member)? {
        match memory_of(server) {
            Some(ours) if own.is(&ours) => return Ok(text.to_owned()),
            Some(ours) => {
                there = Some(server.name.as_str().to_owned());
                others = ours.others;
            }
            None if server.name.as_str() == NAME => {
                let problem = format!("a server called `{NAME}` is there already, and is not ours");
                return Err(Unfit::at(text, server.range().start, problem));
            }
            None => {}
        }
    }
    let root = tree(text)?;
    let servers = root.object_value_or_set().object_value_or_set(member);
    spell(&servers, there.as_deref(), &entry(client, own, &others));
    Ok(root.to_string())
}

/// The text without it.
pub(super) fn take_out(text: &str, member: &str, prune: Prune) -> Result<String, Unfit> {
    let object = document::object(text)?;
    let found = servers(text, object.as_ref(), member)?;
    let ours: Vec<String> = found
        .iter()
        .filter(|server| memory_of(server).is_some())
        .map(|server| server.name.as_str().to_owned())
        .collect();
    if ours.is_empty() && prune == Prune::Ours {
        return Ok(text.to_owned());
    }
    let is_emptied = ours.len() == found.len();
    let root = tree(text)?;
    let Some(all) = root.object_value() else { return Ok(text.to_owned()) };
    let Some(servers) = all.object_value(member) else { return Ok(text.to_owned()) };
    for name in &ours {
        if let Some(property) = servers.get(name) {
            property.remove();
        }
    }
    if is_emptied && let Some(property) = all.get(member) {
        property.remove();
    }
    Ok(root.to_string())
}

/// The entry on one line, as the client takes it.
fn entry(client: Client, own: &Own, others: &[String]) -> String {
    let kind = match client {
        Client::ClaudeCode | Client::Vscode => r#""type": "stdio", "#,
        Client::Cursor | Client::ClaudeDesktop => "",
    };
    let words: Vec<String> = own.memory(others).iter().map(|word| document::string(word)).collect();
    format!(r#"{{{kind}"command": {}, "args": [{}]}}"#, document::string(&own.program), words.join(", "))
}

/// Puts it into the tree as it is spelled, in the place of the one that is there.
fn spell(servers: &CstObject, there: Option<&str>, spelled: &str) {
    let value = match there.and_then(|name| servers.get(name)) {
        Some(property) => {
            property.set_value(NAME.into());
            property.value()
        }
        None => servers.append(NAME, NAME.into()).value(),
    };
    if let Some(text) = value.and_then(|value| value.as_string_lit()) {
        text.set_raw_value(spelled.to_owned());
    }
}
