//! Here-documents: the text between `<<END` and the line `END`.
//!
//! They are looked for everywhere, also within quotes, because `"$(cat <<'EOF' …)"` is how agents write long arguments.
//! Where something else looks like one (`1 << 3`), it is taken for one if its end is there too, which costs a digest in place of a text.

use std::collections::HashMap;
use std::ops::Range;

/// The bodies of all here-documents of a command, in order, each with its last line's end.
pub(super) fn all(command: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut lines: Option<Lines<'_>> = None;
    let mut at = 0;
    while let Some(hit) = command[at..].find("<<") {
        let start = at + hit;
        let line_end = command[start..].find('\n').map_or(command.len(), |n| start + n);
        let delimiters: Vec<Delimiter<'_>> = delimiters(&command[start..line_end]);
        let mut body = line_end + 1;
        for delimiter in delimiters {
            if body > command.len() {
                break;
            }
            let (end, next) = match lines.get_or_insert_with(|| Lines::of(command)).end_of(body, &delimiter) {
                Some((end, next)) => (end, next),
                // A shell reads an unfinished one up to the end.
                None if delimiter.is_certain => (command.len(), command.len() + 1),
                None => continue,
            };
            if end > body {
                found.push(body..end);
            }
            body = next;
        }
        at = line_end.max(body.saturating_sub(1)).min(command.len());
    }
    found
}

struct Delimiter<'c> {
    word: &'c str,
    may_be_indented: bool,
    is_certain: bool,
}

/// The ends that the here-documents of a line have.
fn delimiters(line: &str) -> Vec<Delimiter<'_>> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(hit) = rest.find("<<") {
        let after = &rest[hit + 2..];
        // `<<<` gives one word.
        if let Some(after) = after.strip_prefix('<') {
            rest = after;
            continue;
        }
        let may_be_indented = after.starts_with('-');
        let after = after.strip_prefix('-').unwrap_or(after);
        let blank = after.len() - after.trim_start_matches([' ', '\t']).len();
        let after = &after[blank..];
        let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let word = if let Some(quote) = quote { after[1..].split(quote).next() } else { bare(after) };
        let word = word.unwrap_or_default();
        if !word.is_empty() {
            let is_certain = quote.is_some() || word.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
            found.push(Delimiter { word, may_be_indented, is_certain });
        }
        rest = after;
    }
    found
}

/// A delimiter without quotes.
fn bare(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\\').unwrap_or(text);
    text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '<' | '>' | '(' | ')' | '\'' | '"' | '`'))
        .next()
}

/// Where each line stands, for many delimiters: a look through the whole for each would take too long.
struct Lines<'c>(HashMap<&'c str, Vec<Line>>);

/// A line's place, without the tabs at its beginning and with its end.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    next: usize,
    is_indented: bool,
}

impl<'c> Lines<'c> {
    fn of(command: &'c str) -> Self {
        let mut lines: HashMap<&str, Vec<Line>> = HashMap::new();
        let mut start = 0;
        for whole in command.split_inclusive('\n') {
            let line = whole.trim_end_matches(['\n', '\r']);
            let bare = line.trim_start_matches('\t');
            let next = start + whole.len();
            if bare.len() <= 256 {
                lines.entry(bare).or_default().push(Line { start, next, is_indented: bare.len() < line.len() });
            }
            start = next;
        }
        Self(lines)
    }

    /// Where a body that begins here ends, and where what follows its last line begins.
    fn end_of(&self, body: usize, delimiter: &Delimiter<'_>) -> Option<(usize, usize)> {
        let lines = self.0.get(delimiter.word)?;
        let from = lines.partition_point(|line| line.start < body);
        let end = lines[from..].iter().find(|line| delimiter.may_be_indented || !line.is_indented)?;
        Some((end.start, end.next))
    }
}
