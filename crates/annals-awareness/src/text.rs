//! The words by which an entry is found, and those that a question asks for.
//!
//! Both go through the same cutting and the same stems, so that a store has nothing to do but compare. An entry's words are stemmed in its own language,
//! each to one form; a question's word is asked for in every form that it may have, as it was typed and by its stems, since a few typed words seldom tell
//! their language. What an entry is labelled with counts as well: its source, its tags, its key, and the days it was made and changed on.
//!
//! Refused was one stem for everything, as the original does it: there a question finds no word that a stemmer has changed.
//! Nothing here knows how words are stored, counted or ranked.

mod language;
mod stems;
mod stop;
mod tokens;

use std::collections::HashSet;

use annals_event::Timestamp;
use annals_store::awareness::{Entry, Terms};
use serde_json::Value;

use crate::moment;
use tokens::{Token, tokens};

pub use language::{LANGUAGES, detect, known as known_language, unsupported};

/// A question may have more words; they are not asked for.
const MOST_ASKED: usize = 24;

/// Fields of an entry's data that name it, in any type.
const TITLE: [&str; 3] = ["description", "goal", "message"];

/// Fields that say what it is about.
const BODY: [&str; 13] = [
    "content",
    "effect",
    "value",
    "constraints",
    "reason",
    "state_reason",
    "details",
    "diagnostics",
    "conditions",
    "metrics",
    "inventory",
    "recurrence",
    "schema",
];

/// Fields that are names.
const LABELS: [&str; 10] = [
    "key",
    "scope",
    "alert_id",
    "metric",
    "level",
    "family",
    "version",
    "schema_ref",
    "schema_version",
    "learned_from",
];

/// Times that an entry speaks of.
const DAYS: [&str; 2] = ["deliver_at", "snooze_until"];

/// The language of a text that somebody writes: the one that they name, or else the one that it seems to be in. `None` where neither is known.
pub fn language_of(named: Option<&str>, text: &str) -> Option<&'static str> {
    named.and_then(language::known).or_else(|| language::detect(text))
}

/// The words of an entry.
pub fn terms_of_entry(entry: &Entry) -> Terms {
    let title = texts_of(entry, &TITLE);
    let body = texts_of(entry, &BODY);
    let own = entry.language.as_deref();
    let language = own.or_else(|| language::detect(&title)).or_else(|| language::detect(&body));
    let mut labels = Labels::default();
    for name in LABELS {
        if let Some(text) = entry.text(name) {
            labels.add(text, language);
        }
    }
    for text in entry.tags.iter().chain([&entry.source]).chain(&entry.logical_key) {
        labels.add(text, language);
    }
    labels.add_day(entry.created);
    let days = DAYS.iter().filter_map(|name| moment::parsed(entry.text(name)?));
    for at in entry.updated.into_iter().chain(days) {
        labels.add_day(at);
    }
    Terms { title: indexed(&title, language), body: indexed(&body, language), labels: labels.words.join(" ") }
}

/// The words that a question asks for, none twice. `language` is one that the asker names; `simple` takes the words as they stand.
pub fn terms_of_query(text: &str, language: Option<&str>) -> Vec<String> {
    let asked = without_days(tokens(text));
    let forms = Forms::of(text, &asked, language);
    let is_empty = |token: &Token| matches!(token, Token::Word(word) if forms.is_stop(word));
    let has_pairs = asked.iter().any(|token| matches!(token, Token::Pair(_)));
    let says_something = |token: &Token| !(is_empty(token) || has_pairs && matches!(token, Token::Single(_)));
    let mut telling: Vec<&Token> = asked.iter().filter(|token| says_something(token)).collect();
    if telling.is_empty() {
        telling = asked.iter().collect();
    }
    let mut seen = HashSet::new();
    let mut words = Vec::new();
    for token in telling.into_iter().take(MOST_ASKED) {
        let found = match token {
            Token::Word(word) => forms.all(word),
            Token::Exact(word) | Token::Pair(word) | Token::Single(word) => vec![word.clone()],
        };
        words.extend(found.into_iter().filter(|word| !word.is_empty() && seen.insert(word.clone())));
    }
    words
}

/// In which forms a question's words are asked for.
struct Forms {
    languages: Vec<&'static str>,
    stops: Option<&'static str>,
}

impl Forms {
    fn of(text: &str, asked: &[Token], named: Option<&str>) -> Self {
        if named.is_some_and(|named| named.trim().eq_ignore_ascii_case("simple")) {
            return Self { languages: Vec::new(), stops: None };
        }
        // Entries of no known language are kept by their English stems.
        if let Some(named) = named.and_then(language::known) {
            return Self { languages: vec![named, "en"], stops: Some(named) };
        }
        let guess = language::detect(text);
        let confirms = |language: &str| {
            asked.iter().any(|token| matches!(token, Token::Word(word) if stop::is_stop(word, language)))
        };
        match guess.filter(|guess| confirms(guess)) {
            Some(sure) => Self { languages: vec![sure, "en"], stops: Some(sure) },
            None => Self { languages: stems::STEMMED.to_vec(), stops: Some("en") },
        }
    }

    fn is_stop(&self, word: &str) -> bool {
        self.stops.is_some_and(|language| stop::is_stop(word, language))
    }

    fn all(&self, word: &str) -> Vec<String> {
        let stems = self.languages.iter().map(|language| stems::stem(word, Some(language)));
        let mut forms: Vec<String> = [word.to_owned()].into_iter().chain(stems).collect();
        // One letter is no stem of anything: it would be found everywhere.
        forms.retain(|form| form == word || form.chars().count() > 1);
        forms.sort_unstable();
        forms.dedup();
        forms
    }
}

/// A day is asked for as a whole: its parts are numbers that stand in any text.
fn without_days(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        if let Token::Exact(whole) = &token
            && matches!(whole.len(), 6 | 8)
            && whole.bytes().all(|byte| byte.is_ascii_digit())
        {
            let mut left = whole.as_str();
            while let Some(Token::Exact(part)) = rest.peek()
                && part.len() <= 4
                && let Some(after) = left.strip_prefix(part.as_str())
            {
                left = after;
                rest.next();
            }
        }
        kept.push(token);
    }
    kept
}

/// The words of a text, each by its one form, in their order.
fn indexed(text: &str, language: Option<&str>) -> String {
    let mut words = Vec::new();
    for token in tokens(text) {
        match token {
            Token::Word(word) => {
                let stem = stems::stem(&word, Some(language.unwrap_or("en")));
                // Of no known language, it may be a word of any.
                if language.is_none() && stem != word {
                    words.push(word);
                }
                words.push(stem);
            }
            Token::Exact(word) | Token::Pair(word) | Token::Single(word) => words.push(word),
        }
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// What an entry is labelled with, no word twice.
#[derive(Default)]
struct Labels {
    words: Vec<String>,
    seen: HashSet<String>,
}

impl Labels {
    /// Names are kept as they stand and by their stem.
    fn add(&mut self, text: &str, language: Option<&str>) {
        for token in tokens(text) {
            match token {
                Token::Word(word) => {
                    self.push(stems::stem(&word, Some(language.unwrap_or("en"))));
                    self.push(word);
                }
                Token::Exact(word) | Token::Pair(word) | Token::Single(word) => self.push(word),
            }
        }
    }

    /// A day, its month and its year, as `20261121`, `202611` and `2026`, and the month's English name.
    fn add_day(&mut self, at: Timestamp) {
        let text = moment::written(at);
        let (Some(year), Some(month), Some(day)) = (text.get(..4), text.get(5..7), text.get(8..10)) else { return };
        for word in [format!("{year}{month}{day}"), format!("{year}{month}"), year.to_owned()] {
            self.push(word);
        }
        let name = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
        if let Some(name) = name {
            self.add(name, None);
        }
    }

    fn push(&mut self, word: String) {
        if !word.is_empty() && self.seen.insert(word.clone()) {
            self.words.push(word);
        }
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The texts in these fields, one a line.
fn texts_of(entry: &Entry, fields: &[&str]) -> String {
    let mut out = String::new();
    for value in fields.iter().filter_map(|field| entry.data.get(*field)) {
        gather(value, &mut out);
    }
    out
}

/// Every key, text and number of a value. Text that is JSON is read as text; its signs are no words.
fn gather(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => line(&number.to_string(), out),
        Value::String(text) => line(text, out),
        Value::Array(items) => items.iter().for_each(|item| gather(item, out)),
        Value::Object(members) => {
            for (key, value) in members {
                line(key, out);
                gather(value, out);
            }
        }
    }
}

fn line(text: &str, out: &mut String) {
    out.push_str(text);
    out.push('\n');
}

#[cfg(test)]
mod tests;
