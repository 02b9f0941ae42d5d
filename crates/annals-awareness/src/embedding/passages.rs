//! An entry cut into the texts that are given to a model.
//!
//! A model reads some hundred words at once and forgets the rest, so a long entry becomes several passages, each under the entry's title, cut where a paragraph or a sentence ends, and each beginning
//! a little before the one ahead of it ended. What an entry is labelled with stands in the first.

use annals_store::awareness::Entry;
use sha2::{Digest, Sha256};

use crate::text::{body_of, title_of};

/// About as much as a model reads at once, in bytes.
const LONGEST: usize = 900;
/// So much of the one before is in each passage.
const SHARED: usize = 120;
/// No more of a title.
const TITLE: usize = 240;
/// What is behind so many passages is found by its words alone.
const MOST: usize = 64;

/// A text to be embedded, with its SHA-256.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Passage {
    pub(super) text: String,
    pub(super) digest: [u8; 32],
}

/// The passages of an entry; none where it says nothing.
pub(super) fn of(entry: &Entry) -> Vec<Passage> {
    let (title, body) = (title_of(entry), body_of(entry));
    let (title, body) = (title.trim(), body.trim());
    if title.is_empty() && body.is_empty() {
        return Vec::new();
    }
    let short = cut(title, TITLE);
    let beyond = title[short.len()..].trim_start();
    let rest = if beyond.is_empty() { body.to_owned() } else { format!("{beyond}\n{body}") };
    let mut passages = Vec::new();
    let mut from = 0;
    loop {
        let chunk = cut(&rest[from..], LONGEST - short.len());
        let text = [short, chunk.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        passages.push(Passage { digest: Sha256::digest(&text).into(), text });
        let end = from + chunk.len();
        if end >= rest.len() || passages.len() == MOST {
            return passages;
        }
        // What is shared begins with a word.
        let back = rest.floor_char_boundary(end.saturating_sub(SHARED)).max(from + 1);
        let back = rest.ceil_char_boundary(back);
        let word = rest[back..end].find(char::is_whitespace).map_or(end, |at| back + at);
        from = word;
    }
}

/// The beginning of a text, no longer than this many bytes, ending with a paragraph, a sentence or a word where one ends late enough.
fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let whole = &text[..text.floor_char_boundary(most)];
    let late = whole.len() / 2;
    let ends: [&[&str]; 3] = [&["\n\n"], &[". ", "! ", "? ", "\n", "。", "！", "？"], &[" "]];
    let end_of = |marks: &[&str]| marks.iter().filter_map(|mark| Some(whole.rfind(mark)? + mark.len())).max();
    let end = ends.into_iter().filter_map(end_of).find(|end| late < *end);
    &whole[..end.unwrap_or(whole.len())]
}

#[cfg(test)]
mod tests;
