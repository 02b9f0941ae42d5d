//! Text of strangers as markup.
//!
//! Each text stands in a `bdi`, so that right-to-left text turns nothing around it, and each character that does something instead of being seen (controls, ANSI sequences, bidi
//! overrides, zero-width characters) is written as an escape that looks like one. `maud` escapes what HTML would take for markup.

use annals_ask::is_harmful;
use maud::{Markup, html};

/// A text, whole.
pub(super) fn told(text: &str) -> Markup {
    html! { bdi { (marked(text)) } }
}

/// A text in a row, which has so many characters at most; the whole of it is one click away.
pub(super) fn cut(text: &str, characters: usize) -> Markup {
    match text.char_indices().nth(characters) {
        Some((end, _)) => html! { bdi { (marked(&text[..end])) "…" } },
        None => told(text),
    }
}

/// The end of a path in a row, which says more than its beginning.
pub(super) fn cut_front(text: &str, characters: usize) -> Markup {
    match characters.checked_sub(1).and_then(|last| text.char_indices().rev().nth(last)) {
        Some((start, _)) if 0 < start => html! { bdi { "…" (marked(&text[start..])) } },
        _ => told(text),
    }
}

/// The text with what is harmful written out; without isolation, for places that have their own.
pub(super) fn marked(text: &str) -> Markup {
    html! {
        @for piece in pieces(text) {
            @match piece {
                Piece::Plain(text) => { (text) }
                Piece::Harmful(character) => {
                    span.escape title={ "U+" (format!("{:04X}", u32::from(character))) } {
                        (annals_ask::harmless(character.encode_utf8(&mut [0; 4])))
                    }
                }
            }
        }
    }
}

/// A part of a text.
enum Piece<'t> {
    Plain(&'t str),
    Harmful(char),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        if is_harmful(first) {
            rest = &rest[first.len_utf8()..];
            return Some(Piece::Harmful(first));
        }
        let end = rest.find(is_harmful).unwrap_or(rest.len());
        let (plain, behind) = rest.split_at(end);
        rest = behind;
        Some(Piece::Plain(plain))
    })
}

/// `1 event`, `12 000 events`.
pub(super) fn counted(n: u64, one: &str) -> String {
    format!("{} {one}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A number with a narrow space between thousands.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
