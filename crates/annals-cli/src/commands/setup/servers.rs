//! The MCP servers that a client starts: each one's command becomes ours, and its own command our arguments.
//!
//! Only the command's text and the beginning of the arguments are touched, so that nothing else in the file can change.
//! A server that is reached by a URL is started by nobody here and can't be wrapped.

use jsonc_parser::ast::{Array, Object, ObjectProp, StringLit, Value};
use jsonc_parser::common::Ranged;

use super::document::{self, Edit, Unfit, edited, range, string};
use super::edit::{Prune, Seen};
use super::own::{Ours, Own};

/// What can be told of one server.
enum Kind<'o, 'a> {
    /// Started by a command of its own.
    Plain { command: &'o StringLit<'a>, arguments: Option<&'o Array<'a>> },
    /// Started through us; its own command is at this place among the arguments.
    Wrapped { command: &'o StringLit<'a>, arguments: &'o Array<'a>, ours: Ours, at: usize },
    /// Ours already: the server that agents remember with, which records what it does itself.
    Memory(Ours),
    /// Left alone, and why.
    Left(&'static str),
}

/// What is there.
pub(super) fn look(text: &str, member: &str) -> Result<Seen, Unfit> {
    let mut seen = Seen::default();
    let root = document::object(text)?;
    for server in servers(text, root.as_ref(), member)? {
        let name = server.name.as_str().to_owned();
        match kind(server) {
            Kind::Plain { .. } => seen.missing.push(name),
            Kind::Wrapped { ours, .. } => {
                seen.n_ours += 1;
                seen.ours.push(ours);
            }
            Kind::Memory(ours) => {
                seen.n_memories += 1;
                seen.ours.push(ours);
            }
            Kind::Left(why) => seen.notes.push(format!("the server `{name}` {why} and is left alone")),
        }
    }
    Ok(seen)
}

/// The text with every server wrapped.
pub(super) fn put_in(text: &str, member: &str, own: &Own) -> Result<String, Unfit> {
    let root = document::object(text)?;
    let mut edits = Vec::new();
    for server in servers(text, root.as_ref(), member)? {
        match kind(server) {
            Kind::Plain { command, arguments } => wrap(text, server, command, arguments, own, &mut edits),
            Kind::Wrapped { command, arguments, ours, at } if !own.is(&ours) => {
                edits.push((range(command), string(&own.program)));
                let head = own.wrap(&ours.others);
                let old = arguments.elements[0].range().start..arguments.elements[at - 1].range().end;
                edits.push((old, joined(&head, &separator(text, arguments))));
            }
            Kind::Wrapped { .. } | Kind::Memory(_) | Kind::Left(_) => {}
        }
    }
    Ok(edited(text, edits))
}

/// The text with every server as it was.
pub(super) fn take_out(text: &str, member: &str, prune: Prune) -> Result<String, Unfit> {
    let root = document::object(text)?;
    let mut edits = Vec::new();
    for server in servers(text, root.as_ref(), member)? {
        match kind(server) {
            Kind::Wrapped { command, arguments, at, .. } => {
                let elements = &arguments.elements;
                edits.push((range(command), text[range(&elements[at])].to_owned()));
                match elements.get(at + 1) {
                    Some(next) => edits.push((elements[0].range().start..next.range().start, String::new())),
                    None => edits.extend(without_arguments(server)),
                }
            }
            Kind::Plain { arguments: Some(arguments), .. }
                if prune == Prune::Everything && arguments.elements.is_empty() =>
            {
                edits.extend(without_arguments(server));
            }
            Kind::Plain { .. } | Kind::Memory(_) | Kind::Left(_) => {}
        }
    }
    Ok(edited(text, edits))
}

/// The entry of a server that agents remember with.
pub(super) fn memory_of(server: &ObjectProp<'_>) -> Option<Ours> {
    match kind(server) {
        Kind::Memory(ours) => Some(ours),
        _ => None,
    }
}

/// The servers, none where the member is missing.
pub(super) fn servers<'o, 'a>(
    text: &str,
    root: Option<&'o Object<'a>>,
    member: &str,
) -> Result<&'o [ObjectProp<'a>], Unfit> {
    match root.and_then(|root| root.get(member)).map(|property| &property.value) {
        None => Ok(&[]),
        Some(Value::Object(servers)) => Ok(&servers.properties),
        Some(other) => Err(Unfit::at(text, other.range().start, format!("`{member}` is not an object"))),
    }
}

fn kind<'o, 'a>(server: &'o ObjectProp<'a>) -> Kind<'o, 'a> {
    let Value::Object(object) = &server.value else { return Kind::Left("is not an object") };
    let is_remote = ["url", "serverUrl", "httpUrl"].iter().any(|name| object.get(name).is_some());
    let transport = object.get_string("type").map(|kind| kind.value.as_ref());
    if is_remote || transport.is_some_and(|transport| transport != "stdio") {
        return Kind::Left("is reached by a URL");
    }
    let Some(command) = object.get_string("command") else { return Kind::Left("has no command") };
    let arguments = match object.get("args").map(|property| &property.value) {
        None => None,
        Some(Value::Array(arguments)) => Some(arguments),
        Some(_) => return Kind::Left("has arguments that are no array"),
    };
    let elements = arguments.map(|arguments| arguments.elements.as_slice()).unwrap_or_default();
    let words: Option<Vec<&str>> =
        elements.iter().map(|element| element.as_string_lit().map(|text| text.value.as_ref())).collect();
    let Some(words) = words else { return Kind::Left("has arguments that are no texts") };
    if let Some((ours, at)) = Ours::of_wrap(&command.value, &words)
        && let Some(arguments) = arguments
    {
        return Kind::Wrapped { command, arguments, ours, at };
    }
    if let Some(ours) = Ours::of_memory(&command.value, &words) {
        return Kind::Memory(ours);
    }
    // Some clients give such a line to a shell; we would look for a program of that name.
    if command.value.is_empty() || (words.is_empty() && is_line(&command.value)) {
        return Kind::Left("has a line for a shell in the place of a command");
    }
    Kind::Plain { command, arguments }
}

fn is_line(command: &str) -> bool {
    command.contains(char::is_whitespace) && !std::path::Path::new(command).exists()
}

fn wrap(
    text: &str,
    server: &ObjectProp<'_>,
    command: &StringLit<'_>,
    arguments: Option<&Array<'_>>,
    own: &Own,
    edits: &mut Vec<Edit>,
) {
    let mut head: Vec<String> = own.wrap(&[]).iter().map(|word| string(word)).collect();
    // As it is written, with its own escapes.
    head.push(text[range(command)].to_owned());
    let program = string(&own.program);
    if let Some(arguments) = arguments {
        let separator = separator(text, arguments);
        let mut words = head.join(&separator);
        let at = match arguments.elements.first() {
            Some(first) => {
                words.push_str(&separator);
                first.range().start
            }
            None => arguments.range.start + 1,
        };
        edits.push((at..at, words));
        edits.push((range(command), program));
        return;
    }
    let object = range(&server.value);
    let between = text.get(object.start + 1..command.range.start).unwrap_or_default();
    let line = between.rfind('\n').map(|at| &between[at..]);
    let carriage = if between.contains("\r\n") { "\r" } else { "" };
    let (before, after) = match line.map(|line| &line[..line.len() - line.trim_start().len()]) {
        Some(indent) => (format!(",{carriage}{indent}"), " "),
        None if text[object].contains(": ") => (", ".to_owned(), " "),
        None => (",".to_owned(), ""),
    };
    let words = head.join(if after.is_empty() { "," } else { ", " });
    edits.push((range(command), format!("{program}{before}\"args\":{after}[{words}]")));
}

/// What stands between two arguments.
fn separator(text: &str, arguments: &Array<'_>) -> String {
    let is_plain = |between: &&str| between.chars().all(|c| c == ',' || c.is_whitespace());
    let spelled = match arguments.elements.as_slice() {
        [first, second, ..] => text.get(first.range().end..second.range().start).filter(is_plain).map(str::to_owned),
        [only] => {
            let before = text.get(arguments.range.start + 1..only.range().start).filter(is_plain);
            before.filter(|before| before.contains('\n')).map(|before| format!(",{before}"))
        }
        [] => None,
    };
    let is_tight = !text.contains(": ");
    spelled.unwrap_or_else(|| if is_tight { ",".to_owned() } else { ", ".to_owned() })
}

fn joined(words: &[String], separator: &str) -> String {
    words.iter().map(|word| string(word)).collect::<Vec<_>>().join(separator)
}

/// Takes the member `args` out with the comma that it needed.
fn without_arguments(server: &ObjectProp<'_>) -> Option<Edit> {
    let object = server.value.as_object()?;
    let at = object.properties.iter().position(|property| property.name.as_str() == "args")?;
    let member = range(&object.properties[at]);
    let before = at.checked_sub(1).map(|before| range(&object.properties[before]).end..member.end);
    let after = object.properties.get(at + 1).map(|next| member.start..next.range.start);
    Some((before.or(after).unwrap_or(member), String::new()))
}
