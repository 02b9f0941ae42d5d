//! What stands in a table, made harmless and cut to measure.
//!
//! A trail holds text that strangers wrote. On its way to a terminal it could move the cursor, hide what stands beside it or turn the reading direction around,
//! so that every character that does something instead of being seen is written as an escape.

use std::borrow::Cow;

pub(crate) use annals_ask::harmless;

/// What a colour stresses. The words say the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
    /// Done.
    Good,
    /// Failed or denied.
    Bad,
    /// Worth a look.
    Odd,
}

impl Tone {
    /// The sequence that begins the colour.
    pub(crate) fn begin(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Faint => "\u{1b}[2m",
            Self::Strong => "\u{1b}[1m",
            Self::Good => "\u{1b}[32m",
            Self::Bad => "\u{1b}[31m",
            Self::Odd => "\u{1b}[33m",
        }
    }
}

/// A text in a table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cell {
    /// The text, harmless.
    pub(crate) text: String,
    /// Its colour, where there are colours.
    pub(crate) tone: Tone,
    /// Where in the text a path begins, whose end says more than its beginning; `None` where the text is cut at its end.
    path_at: Option<usize>,
}

impl Cell {
    /// A cell with this text, made harmless.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: harmless(text).into_owned(), tone: Tone::Plain, path_at: None }
    }

    /// A cell that ends in a path: where there is no room for all of it, the path loses its beginning. Of a URL the host stays.
    pub(crate) fn with_path(before: &str, path: &str) -> Self {
        let host_end = path.find("://").and_then(|at| Some(at + 3 + path[at + 3..].find('/')? + 1)).unwrap_or(0);
        let mut cell = Self::new(&[before, &path[..host_end]].concat());
        cell.path_at = Some(cell.text.len());
        cell.text.push_str(&harmless(&path[host_end..]));
        cell
    }

    /// The same behind a piece of text that is harmless already.
    pub(crate) fn behind(mut self, before: &str) -> Self {
        self.text.insert_str(0, before);
        self.path_at = self.path_at.map(|at| at + before.len());
        self
    }

    /// The same in a tone.
    pub(crate) fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        width(&self.text)
    }

    /// Its text in at most so many columns.
    pub(crate) fn cut(&self, columns: usize) -> Cow<'_, str> {
        let (before, path) = self.text.split_at(self.path_at.unwrap_or(self.text.len()));
        let room = columns.saturating_sub(width(before));
        if path.is_empty() || self.width() <= columns || room < LEAST_PATH {
            return cut(&self.text, columns);
        }
        Cow::Owned([before, &cut_front(path, room)].concat())
    }
}

/// Less of a path than this says nothing.
const LEAST_PATH: usize = 6;

/// How many columns of a terminal a harmless text takes.
pub(crate) fn width(text: &str) -> usize {
    // Character by character, so that cutting agrees with measuring; a terminal that joins some of them shows less, never more.
    text.chars().map(character_width).sum()
}

fn character_width(character: char) -> usize {
    if character.is_ascii() { 1 } else { console::measure_text_width(character.encode_utf8(&mut [0; 4])) }
}

/// The text in at most so many columns, with an ellipsis where something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(1);
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|character| {
            used += character_width(*character);
            used <= room
        })
        .collect();
    Cow::Owned(if columns == 0 { String::new() } else { kept + "…" })
}

/// The end of a text in at most so many columns, with an ellipsis before it.
fn cut_front(text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(1);
    let mut used = 0;
    let n_kept: usize = text
        .chars()
        .rev()
        .take_while(|character| {
            used += character_width(*character);
            used <= room
        })
        .map(char::len_utf8)
        .sum();
    ["…", &text[text.len() - n_kept..]].concat()
}

/// The text as a word of a shell's command line.
pub(crate) fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain =
        |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | ':' | '/' | '@');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests;
