//! Words by their stems, so that `backups` finds `backup`.
//!
//! The algorithms are Snowball's, one a language. A language without one keeps its words as they are.

use waken_snowball::Algorithm;

/// The stem of a word in lower case; the word itself where the language has no rules, or none is known.
pub(super) fn stem(word: &str, language: Option<&str>) -> String {
    match language.and_then(algorithm) {
        Some(algorithm) => waken_snowball::stem(algorithm, word).into_owned(),
        None => word.to_owned(),
    }
}

/// The languages that have stems.
pub const STEMMED: [&str; 28] = [
    "ar", "hy", "eu", "ca", "da", "nl", "en", "fi", "fr", "de", "el", "hi", "hu", "id", "ga", "it", "lt", "ne", "no",
    "pt", "ro", "ru", "sr", "es", "sv", "ta", "tr", "yi",
];

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language {
        "ar" => Algorithm::Arabic,
        "hy" => Algorithm::Armenian,
        "eu" => Algorithm::Basque,
        "ca" => Algorithm::Catalan,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hi" => Algorithm::Hindi,
        "hu" => Algorithm::Hungarian,
        "id" => Algorithm::Indonesian,
        "ga" => Algorithm::Irish,
        "it" => Algorithm::Italian,
        "lt" => Algorithm::Lithuanian,
        "ne" => Algorithm::Nepali,
        "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sr" => Algorithm::Serbian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        "yi" => Algorithm::Yiddish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
