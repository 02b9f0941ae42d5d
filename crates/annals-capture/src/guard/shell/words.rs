//! The words of a command, as they are written and as a shell reads them.

use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Operator,
}

/// A word or an operator.
#[derive(Debug)]
pub(super) struct Word<'c> {
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) start: usize,
    /// As it is written.
    pub(super) raw: &'c str,
    /// Without quotes and escapes.
    pub(super) text: Cow<'c, str>,
    /// Whether it stands where a program does.
    pub(super) is_program: bool,
}

/// All words and operators, one by one; a quote without its end reaches to the end.
pub(super) fn all(command: &str) -> impl Iterator<Item = Word<'_>> {
    let (mut at, mut program_next, mut name_next) = (0, true, false);
    std::iter::from_fn(move || {
        let blank = command[at..].find(|c: char| !c.is_whitespace())?;
        program_next |= command[at..at + blank].contains('\n');
        at += blank;
        let start = at;
        if command[start..].starts_with(is_operator) {
            at += command[start..].find(|c: char| !is_operator(c)).unwrap_or(command.len() - start);
            let raw = &command[start..at];
            name_next = raw.ends_with(['<', '>']) || raw.ends_with(">&");
            program_next |= !name_next;
            return Some(Word { kind: Kind::Operator, start, raw, text: Cow::Borrowed(raw), is_program: false });
        }
        let (end, text) = word(command, start);
        at = end;
        let raw = &command[start..end];
        let is_number = raw.bytes().all(|byte| byte.is_ascii_digit()) && command[end..].starts_with(['<', '>']);
        let is_program = program_next && !name_next && !is_number;
        program_next &= !is_program || is_assignment(raw);
        name_next = false;
        Some(Word { kind: Kind::Word, start, raw, text, is_program })
    })
}

/// `NAME=value` in front of a program.
fn is_assignment(raw: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    raw.split_once('=').is_some_and(|(name, _)| is_name(name))
}

fn is_operator(c: char) -> bool {
    matches!(c, ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

/// The end of the word that begins here, and what it reads as.
fn word(command: &str, start: usize) -> (usize, Cow<'_, str>) {
    let plain = command[start..].find(|c: char| c.is_whitespace() || is_operator(c) || matches!(c, '\'' | '"' | '\\'));
    let plain = plain.map_or(command.len(), |length| start + length);
    if !command[plain..].starts_with(['\'', '"', '\\']) {
        return (plain, Cow::Borrowed(&command[start..plain]));
    }
    let mut text = String::new();
    let mut quote: Option<char> = None;
    let mut chars = command[start..].char_indices();
    while let Some((offset, c)) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() || is_operator(c) => return (start + offset, Cow::Owned(text)),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => {
                if let Some((_, escaped)) = chars.next().filter(|(_, escaped)| *escaped != '\n') {
                    text.push(escaped);
                }
            }
            (_, c) => text.push(c),
        }
    }
    (command.len(), Cow::Owned(text))
}
