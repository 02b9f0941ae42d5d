//! Words as they may be repeated in a message: short, harmless, and without what looks like a secret.

use std::borrow::Cow;

use annals_event::{REDACTED, Redactor};

use crate::harmless::harmless;

/// How alike two words must be for one to be proposed for the other.
const LIKENESS: f64 = 0.5;

/// The text without what looks like a secret.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let text = match without_login(text) {
        Some(text) => Cow::Owned(text),
        None => Cow::Borrowed(text),
    };
    match Redactor::standard().redact(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(redacted) => Cow::Owned(redacted),
    }
}

/// The beginning of a text, for a message. A secret is taken out first, since half of one is not recognised any more; what does something instead of being seen is escaped.
pub fn shortened(text: &str) -> String {
    let short: String = without_secrets(text).chars().take(40).collect();
    harmless(&short).into_owned()
}

/// The known word that a misspelt one most likely meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likely = known.into_iter().map(|near| (strsim::normalized_damerau_levenshtein(word, near), near));
    likely.filter(|(likeness, _)| LIKENESS <= *likeness).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, near)| near)
}

/// The text without every `user:password` before an `@`: an address loses its scheme on the way to a path, and with it what redaction goes by.
fn without_login(text: &str) -> Option<String> {
    let is_border = |border: char| border.is_whitespace() || matches!(border, '/' | '`' | '\'' | '"');
    let hide = |word: &str| match word.rsplit_once('@') {
        Some((login, rest)) if login.contains(':') => format!("{REDACTED}@{rest}"),
        _ => word.to_owned(),
    };
    text.contains('@').then(|| text.split_inclusive(is_border).map(hide).collect())
}

#[cfg(test)]
mod tests;
