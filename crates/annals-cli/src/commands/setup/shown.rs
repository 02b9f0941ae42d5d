//! A change as a person reads it: a unified diff without the secrets that settings hold.
//!
//! Texts are hidden by what they are called (the values of `env` and `headers`, of sensitive names and flags, of variables and headers among arguments) and by what they look like.
//! Both sides are hidden in the same way, so that what changes still shows. A file on one long line is laid out first.

use annals_event::{REDACTED, Redactor};
use jsonc_parser::ast::Value;
use similar::TextDiff;

use super::document::{self, Edit, edited, range, string};
use crate::output::{Tone, harmless};
use annals_ask::without_secrets;

/// A longer line is not for reading.
const MOST_COLUMNS: usize = 300;

/// Flags by which programs are given variables and headers.
const VARIABLES: [&str; 4] = ["-e", "--env", "-H", "--header"];

/// The lines of the diff; a file that is not there, or will not be, has no lines.
pub(super) fn diff(name: &str, old: Option<&[u8]>, new: Option<&[u8]>, is_coloured: bool) -> Vec<String> {
    let sides = [old, new].map(|side| masked(side.unwrap_or_default()));
    let is_long = sides.iter().any(|side| side.lines().any(|line| MOST_COLUMNS < line.len()));
    let [old, new] = sides.map(|side| if is_long { laid_out(&side) } else { side });
    let diff = TextDiff::from_lines(&old, &new);
    let mut lines = vec![format!("--- {name}"), format!("+++ {name}, with this change")];
    if is_long {
        lines.push("(laid out for reading; the file keeps its long lines)".to_owned());
    }
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.extend(hunk.to_string().lines().map(str::to_owned));
    }
    let shown = lines.iter().map(|line| {
        let line = without_secrets(line);
        let line = harmless(line.trim_end_matches('\r')).into_owned();
        let tone = match line.as_bytes().first() {
            _ if !is_coloured => Tone::Plain,
            Some(b'+') => Tone::Good,
            Some(b'-') => Tone::Bad,
            Some(b'@') => Tone::Faint,
            _ => Tone::Plain,
        };
        let end = if tone == Tone::Plain { "" } else { "\u{1b}[0m" };
        format!("{}{line}{end}", tone.begin())
    });
    shown.collect()
}

/// The text with every secret in a value replaced.
fn masked(content: &[u8]) -> String {
    let Ok((_, text)) = document::text(content) else { return String::new() };
    let Ok(Some(object)) = document::object(text) else { return text.to_owned() };
    let mut edits = Vec::new();
    mask(&Value::Object(object), Under::Plain, &Redactor::standard(), &mut edits);
    // A tab would be shown as an escape.
    edited(text, edits).replace('\t', "    ")
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Under {
    Plain,
    /// A name whose own text is a secret.
    Secret,
    /// A name whose members are all taken for secrets.
    Secrets,
}

fn mask(value: &Value<'_>, under: Under, redactor: &Redactor, edits: &mut Vec<Edit>) {
    match value {
        Value::StringLit(text) if under == Under::Plain => {
            let shown = without_secrets(&text.value);
            if shown != text.value {
                edits.push((range(text), string(&shown)));
            }
        }
        Value::StringLit(_) | Value::NumberLit(_) if under != Under::Plain => {
            edits.push((range(value), string(REDACTED)));
        }
        Value::Object(object) => {
            for property in &object.properties {
                let name = property.name.as_str();
                let below = match name {
                    _ if under == Under::Secrets => Under::Secrets,
                    "env" | "headers" => Under::Secrets,
                    name if redactor.is_sensitive_key(name) && !matches!(property.value, Value::Object(_)) => {
                        Under::Secret
                    }
                    _ => Under::Plain,
                };
                mask(&property.value, below, redactor, edits);
            }
        }
        Value::Array(array) => {
            let mut before = "";
            for element in &array.elements {
                let text = element.as_string_lit().map_or("", |text| text.value.as_ref());
                let named = text.split_once(['=', ':']);
                let is_secret = redactor.is_sensitive_key(before) && before.starts_with('-') && !before.contains('=');
                match named {
                    _ if under == Under::Plain && is_secret => mask(element, Under::Secret, redactor, edits),
                    Some((name, _))
                        if under == Under::Plain
                            && (VARIABLES.contains(&before)
                                || VARIABLES.contains(&name)
                                || redactor.is_sensitive_key(name)) =>
                    {
                        let sign = &text[name.len()..=name.len()];
                        edits.push((range(element), string(&[name, sign, REDACTED].concat())));
                    }
                    _ => mask(element, under, redactor, edits),
                }
                before = text;
            }
        }
        _ => {}
    }
}

/// The same values, one on a line, without comments.
fn laid_out(text: &str) -> String {
    let mut out = String::new();
    if let Ok(Some(object)) = document::object(text) {
        lay_out(text, &Value::Object(object), 0, &mut out);
        out.push('\n');
    }
    out
}

fn lay_out(text: &str, value: &Value<'_>, depth: usize, out: &mut String) {
    let (open, close, members): (_, _, Vec<(Option<&str>, &Value<'_>)>) = match value {
        Value::Object(object) => {
            let members = object.properties.iter().map(|property| (Some(property.name.as_str()), &property.value));
            ('{', '}', members.collect())
        }
        Value::Array(array) => ('[', ']', array.elements.iter().map(|element| (None, element)).collect()),
        leaf => return out.push_str(&text[range(leaf)]),
    };
    out.push(open);
    let n_members = members.len();
    for (n, (name, value)) in members.into_iter().enumerate() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth + 1));
        if let Some(name) = name {
            out.push_str(&string(name));
            out.push_str(": ");
        }
        lay_out(text, value, depth + 1, out);
        out.push_str(if n + 1 < n_members { "," } else { "" });
    }
    if 0 < n_members {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

#[cfg(test)]
mod tests;
