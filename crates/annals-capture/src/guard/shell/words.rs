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

/// All words and operators; a quote without its end reaches to the end.
pub(super) fn all(command: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    let mut program_next = true;
    let mut name_next = false;
    while let Some(c) = command[at..].chars().next() {
        if c == '\n' {
            program_next = true;
        }
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let start = at;
        if is_operator(c) {
            at += command[at..].find(|c: char| !is_operator(c)).unwrap_or(command.len() - at);
            let raw = &command[start..at];
            name_next = raw.ends_with(['<', '>']) || raw.ends_with(">&") || raw.ends_with("&>");
            program_next |= !name_next;
            words.push(Word { kind: Kind::Operator, start, raw, text: Cow::Borrowed(raw), is_program: false });
            continue;
        }
        let (end, text) = word(command, start);
        at = end;
        let raw = &command[start..end];
        let is_number = raw.bytes().all(|byte| byte.is_ascii_digit()) && command[end..].starts_with(['<', '>']);
        let is_assignment = raw.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        });
        let is_program = program_next && !name_next && !is_number;
        if is_program && !is_assignment {
            program_next = false;
        }
        name_next = false;
        words.push(Word { kind: Kind::Word, start, raw, text, is_program });
    }
    words
}

fn is_operator(c: char) -> bool {
    matches!(c, ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

/// The end of the word that begins here, and what it reads as.
fn word(command: &str, start: usize) -> (usize, Cow<'_, str>) {
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
