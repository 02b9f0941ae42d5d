//! From what somebody types to what a store is asked.
//!
//! What is typed is the query language of [`annals_words::Query`]: words, phrases, what must not be there, and fields. A field narrows the choice that the caller's other arguments make, and never
//! widens it.

use annals_event::Timestamp;
use annals_store::awareness::{Choice, EntryType, Question, Shelf};
use annals_words::{Field, Query, STEMMED, ask};

use crate::moment;

/// A question with more words than this is put in a sentence.
const FEW_WORDS: usize = 2;
/// Below this share of what is asked, an entry that shares a word with a sentence does so by chance.
const FLOOR: f64 = 0.35;
/// Below this share, what was found may not be what was meant.
const WEAK: f64 = 0.5;

/// What was typed.
#[derive(Debug)]
pub(crate) struct Sought {
    query: Query,
    language: Option<String>,
}

/// How far what was found can be trusted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trust {
    /// It has what was asked.
    Good,
    /// It has so little of it that whoever asked should be told.
    Weak,
    /// It has nothing of it but a word by chance.
    None,
}

impl Sought {
    /// Takes apart what was typed. `language` is one that the asker names.
    pub(crate) fn new(text: &str, language: Option<String>) -> Self {
        Self { query: Query::parse(text, is_right), language }
    }

    /// Nothing but words.
    pub(crate) fn words(text: &str) -> Self {
        Self { query: Query::words(text), language: None }
    }

    /// Its words and phrases as they were typed, for who compares meanings.
    pub(crate) fn text(&self) -> String {
        let parts = [&self.query.words].into_iter().chain(&self.query.phrases);
        parts.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// The choice, narrowed by the fields; `None` where nothing can be of both.
    pub(crate) fn narrowed(&self, mut choice: Choice) -> Option<Choice> {
        for source in self.query.values(Field::Source) {
            if choice.source.as_deref().is_some_and(|other| other != source) {
                return None;
            }
            choice.source = Some(source.to_owned());
        }
        let types: Vec<EntryType> = self.query.values(Field::Type).filter_map(|name| name.parse().ok()).collect();
        if !types.is_empty() {
            let is_free = choice.types.is_empty();
            choice.types = types.into_iter().filter(|named| is_free || choice.types.contains(named)).collect();
            if choice.types.is_empty() {
                return None;
            }
        }
        for tag in self.query.values(Field::Tag) {
            if !choice.tags.iter().any(|known| known == tag) {
                choice.tags.push(tag.to_owned());
            }
        }
        for from in self.query.values(Field::After).filter_map(beginning) {
            choice.created_after = choice.created_after.max(Some(from));
        }
        for before in self.query.values(Field::Before).filter_map(beginning) {
            let last = Timestamp::from_nanos(before.as_nanos().saturating_sub(1));
            choice.created_before = Some(choice.created_before.map_or(last, |other| other.min(last)));
        }
        Some(choice)
    }

    /// What the store is asked. Which languages its entries are in says in which forms.
    pub(crate) fn question(&self, reading: &mut dyn Shelf, choice: Choice) -> Result<Question, annals_store::Error> {
        let known = reading.languages()?;
        let is_any = known.iter().any(|language| language == "*");
        let is_spoken = |language: &&str| is_any || known.iter().any(|known| known == language);
        let spoken: Vec<&'static str> = STEMMED.into_iter().filter(|language| is_spoken(language)).collect();
        let asked = ask(&self.query, self.language.as_deref(), &spoken);
        Ok(Question {
            words: asked.words,
            wholes: asked.wholes,
            phrases: asked.phrases,
            without: asked.without,
            choice,
            ..Question::default()
        })
    }

    /// Whether anything is asked that could be found: a word, or a field alone.
    pub(crate) fn is_telling(&self, question: &Question) -> bool {
        let asks = !(question.words.is_empty() && question.wholes.is_empty() && question.phrases.is_empty());
        asks || self.query.words.trim().is_empty() && !(self.query.fields.is_empty() && question.without.is_empty())
    }
}

/// Whether somebody asks in a sentence, and not for a word or two, nor for what must be there.
pub(crate) fn is_sentence(question: &Question) -> bool {
    FEW_WORDS < question.words.len() && question.phrases.is_empty()
}

/// How far what was found for a question can be trusted. Who asks for words gets what there is.
pub(crate) fn trust(question: &Question, relevance: f64) -> Trust {
    if !is_sentence(question) || WEAK <= relevance {
        Trust::Good
    } else if FLOOR <= relevance {
        Trust::Weak
    } else {
        Trust::None
    }
}

/// Whether a field takes this value.
fn is_right(field: Field, value: &str) -> bool {
    match field {
        Field::Tag | Field::Source => true,
        Field::Type => value.parse::<EntryType>().is_ok(),
        Field::Before | Field::After => beginning(value).is_some(),
    }
}

/// A moment, or the first of a day, a month or a year.
fn beginning(text: &str) -> Option<Timestamp> {
    let is_number =
        |text: &str, n_digits: usize| text.len() == n_digits && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('-') {
        None if is_number(text, 4) => moment::parsed(&format!("{text}-01-01")),
        Some((year, month)) if is_number(year, 4) && is_number(month, 2) => moment::parsed(&format!("{text}-01")),
        _ => moment::parsed(text),
    }
}

#[cfg(test)]
mod tests;
