//! What of a source file is public: a reader of Rust as `rustfmt` writes it, where every item begins in the first column and every method in the fifth.

use std::collections::{BTreeMap, BTreeSet};

/// A source file: its items, and what it imports from which crate.
#[derive(Debug)]
pub(super) struct Source {
    /// Each item's lines, without comments.
    items: Vec<Vec<String>>,
    /// The names that are imported, by the first part of their paths.
    pub(super) imports: BTreeMap<String, BTreeSet<String>>,
}

impl Source {
    pub(super) fn parse(text: &str) -> Self {
        let mut items: Vec<Vec<String>> = Vec::new();
        let mut item: Vec<String> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")) {
            item.push(line.to_owned());
            let is_attribute = line.starts_with('#');
            let is_last = line.starts_with(['}', ')', ']']) || (!line.starts_with(' ') && line.ends_with([';', '}']));
            if is_last && !is_attribute && !line.ends_with('{') {
                items.push(std::mem::take(&mut item));
            }
        }
        let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for import in items.iter().map(|item| item.concat()) {
            if let Some((root, rest)) = import.strip_prefix("use ").and_then(|path| path.split_once("::")) {
                imports.entry(root.to_owned()).or_default().extend(identifiers(rest).map(str::to_owned));
            }
        }
        Self { items, imports }
    }
}

/// The words of a text that may be names.
pub(super) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// The public face of each item of the file that has one of these names, or belongs to one.
pub(super) fn declarations(source: &Source, exported: &BTreeSet<String>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for item in &source.items {
        let Some(first) = item.iter().position(|line| !line.starts_with('#')) else { continue };
        let (attributes, lines) = item.split_at(first);
        let head = lines[0].as_str();
        let Some((name, face)) = declared(head, lines)
            .or_else(|| implemented(head, lines))
            .or_else(|| made_by_macro(source, head, lines, exported))
            .filter(|(name, _)| exported.contains(name))
        else {
            continue;
        };
        let shown = attributes.iter().filter(|line| line.contains("derive") || line.contains("non_exhaustive"));
        let text: Vec<String> = shown.cloned().chain(face).collect();
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, declaration)) => {
                declaration.push('\n');
                declaration.push_str(&text.join("\n"));
            }
            None => found.push((name.clone(), format!("{name}\n{}", text.join("\n")))),
        }
    }
    found
}

/// A struct, an enum, a trait, a function: what of it can be seen.
fn declared(head: &str, lines: &[String]) -> Option<(String, Vec<String>)> {
    let rest = head.strip_prefix("pub ")?;
    if let Some(constant) = rest.strip_prefix("const ").filter(|rest| !rest.contains("fn ")) {
        return Some((identifiers(constant).next()?.to_owned(), vec![signature(lines)]));
    }
    let mut words = identifiers(rest);
    let kind = words.find(|word| ["struct", "enum", "trait", "fn", "type"].contains(word))?;
    let name = words.next()?.to_owned();
    let face = match kind {
        "struct" if head.contains('(') => vec![private_left_out(head)],
        "struct" => {
            let fields = lines.iter().skip(1).filter(|line| line.starts_with("    pub ")).cloned();
            let (open, close) = (head.to_owned(), head.ends_with('{').then(|| "}".to_owned()));
            std::iter::once(open).chain(fields).chain(close).collect()
        }
        "fn" => vec![signature(lines)],
        _ => lines.to_vec(),
    };
    Some((name, face))
}

/// The fields of a tuple struct that nobody sees are no matter of the API.
fn private_left_out(head: &str) -> String {
    let (before, fields) = head.split_once('(').unwrap_or((head, ""));
    if fields.contains("pub ") { head.to_owned() } else { format!("{before}(…);") }
}

/// An implementation: its head, and the public items in it; a trait's are known by the trait.
fn implemented(head: &str, lines: &[String]) -> Option<(String, Vec<String>)> {
    let rest = head.strip_prefix("impl")?;
    let own = rest.rsplit_once(" for ").map_or_else(|| after_generics(rest), |(_, own)| own);
    let name = identifiers(own).next()?.to_owned();
    let mut face = vec![head.trim_end_matches(['{', '}', ' ']).to_owned()];
    if !head.contains(" for ") {
        for (at, line) in lines.iter().enumerate() {
            if line.starts_with("    pub ") && !line.starts_with("    pub(") {
                face.push(signature(&lines[at..]));
            } else if line.starts_with("    ") && !line.starts_with("     ") && line.ends_with("! {") {
                // What a macro makes here is told by how it is called.
                face.extend(lines[at..].iter().take_while(|line| *line != "    }").cloned());
            }
        }
        if face.len() == 1 {
            return None;
        }
    }
    Some((name, face))
}

fn after_generics(text: &str) -> &str {
    if text.starts_with('<') { text.split_once("> ").map_or(text, |(_, rest)| rest) } else { text }
}

/// A type that a macro of the same file makes: how it is called, and what public things and implementations it makes of that.
fn made_by_macro(
    source: &Source,
    head: &str,
    lines: &[String],
    exported: &BTreeSet<String>,
) -> Option<(String, Vec<String>)> {
    let called = head.strip_suffix("! {")?;
    let definition = source.items.iter().find(|item| item[0] == format!("macro_rules! {called} {{"))?;
    let made =
        definition.iter().map(|line| line.trim()).filter(|line| line.starts_with("pub ") || line.starts_with("impl"));
    let made: Vec<String> = made.map(|line| format!("    {}", line.trim_end_matches(" {"))).collect();
    let name =
        lines.iter().take(3).chain(&made).flat_map(|line| identifiers(line)).find(|word| exported.contains(*word))?;
    let face = lines.iter().cloned().chain(["makes".to_owned()]).chain(made.iter().cloned()).collect();
    Some((name.to_owned(), face))
}

/// A function's or constant's head, up to its body, in one line.
fn signature(lines: &[String]) -> String {
    let indent = lines[0].len() - lines[0].trim_start().len();
    let mut text = String::new();
    for line in lines {
        let line = line.trim();
        if !text.is_empty() && !text.ends_with('(') && !line.starts_with(')') {
            text.push(' ');
        }
        text.push_str(line);
        if line.ends_with('{') || line.ends_with(';') || line.ends_with('}') {
            break;
        }
    }
    let is_constant = text.starts_with("pub const ") && !text.contains("fn ");
    let end = if is_constant { text.find(" = ") } else { text.find(" {") };
    text.truncate(end.unwrap_or(text.trim_end_matches(';').len()));
    format!("{:indent$}{text}", "")
}
