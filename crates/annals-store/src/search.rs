//! Events by their words: what is looked for, and which words an event has.
//!
//! A search is a condition like others: everything that it asks for must be there, and nothing that it refuses. There is no ranking, since who asks an audit log wants all that fits, in its
//! order. The words of an event are those of its row as it stands: what was erased has none.
//! Both sides are cut and stemmed here, so that a database has nothing to do but compare, and none has a truth of its own.

use annals_event::{Column, StoredEvent};
use annals_words::{Field, Forms, Phrase, Query, ask_all, indexed};
use serde_json::Value;

use crate::TypePattern;

/// The columns whose words are an event's labels, in their order, behind its type and its outcome. Left out is what only machines say: ids of operations, and of what correlates.
pub const LABELS: &[Column] = &[
    Column::Tool,
    Column::Resource,
    Column::ActorName,
    Column::Client,
    Column::UserIdentity,
    Column::OnBehalfOf,
    Column::AgentVersion,
    Column::Model,
    Column::ProjectName,
    Column::PlanId,
    Column::RootPlanId,
    Column::SessionId,
    Column::Policy,
    Column::Decision,
    Column::Approver,
    Column::Host,
];

/// What is looked for. The default asks nothing and finds everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Search {
    /// Words, all of them, each in any of its forms. One without a form is in no event.
    pub words: Vec<Forms>,
    /// Words that stand one behind the other, all of these phrases.
    pub phrases: Vec<Phrase>,
    /// What an event must not have, none of these.
    pub without: Vec<Phrase>,
    /// Event types, any of them, beside those of the filter.
    pub event_types: Vec<TypePattern>,
    /// Where it comes from, all of them: each is the client or the actor.
    pub sources: Vec<String>,
}

impl Search {
    /// What a query asks for, its times left out: they are a filter's own.
    pub fn new(query: &Query) -> Self {
        let mut asked = ask_all(query);
        let says_something = !query.words.trim().is_empty() || !query.phrases.is_empty();
        if says_something && asked.words.is_empty() && asked.phrases.is_empty() {
            // Nothing but signs, which no event is found by.
            asked.words.push(Forms::new());
        }
        Self {
            words: asked.words,
            phrases: asked.phrases,
            without: asked.without,
            event_types: query.values(Field::Type).map(TypePattern::parse).collect(),
            sources: query.values(Field::Source).map(str::to_owned).collect(),
        }
    }

    /// Whether a text looks like the name of an event type or of a family of them.
    pub fn is_type(text: &str) -> bool {
        let name = text.strip_suffix(".*").unwrap_or(text);
        let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        !name.is_empty() && name.split('.').all(|part| !part.is_empty() && part.chars().all(is_letter))
    }

    /// Whether it asks for or refuses any word.
    pub fn has_words(&self) -> bool {
        self.asks_words() || !self.without.is_empty()
    }

    /// Whether an event must have some word.
    pub fn asks_words(&self) -> bool {
        !(self.words.is_empty() && self.phrases.is_empty())
    }

    /// Whether no event can fit, since a word of it has no form.
    pub fn is_hopeless(&self) -> bool {
        self.words.iter().chain(self.phrases.iter().flatten()).any(Vec::is_empty)
    }

    /// Whether an event that has these words fits.
    pub fn fits(&self, event: &StoredEvent, words: &EventWords) -> bool {
        let is_source = |source: &String| {
            [Column::Client, Column::ActorName].into_iter().any(|column| event.get(column) == Some(source))
        };
        (self.event_types.is_empty() || self.event_types.iter().any(|pattern| pattern.fits(&event.event_type)))
            && self.sources.iter().all(is_source)
            && self.fits_words(words)
    }

    /// Whether these words have what is asked and nothing of what is refused.
    pub fn fits_words(&self, words: &EventWords) -> bool {
        if !self.has_words() {
            return true;
        }
        let columns = [&words.said, &words.labels].map(|text| text.split(' ').collect::<Vec<_>>());
        let has_word = |forms: &Forms| columns.iter().any(|words| words.iter().any(|word| is_form(forms, word)));
        let has = |phrase: &Phrase| columns.iter().any(|words| stands_in(words, phrase));
        self.words.iter().all(has_word) && self.phrases.iter().all(has) && !self.without.iter().any(has)
    }
}

/// The words of one event, each by the forms in which it is found, joined by single blanks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventWords {
    /// What its details say: names and values, in the order in which they are kept.
    pub said: String,
    /// What it is labelled with: type, outcome, and the columns of [`LABELS`].
    pub labels: String,
}

impl EventWords {
    /// The words of an event as it is stored.
    pub fn of(event: &StoredEvent) -> Self {
        let own = [Some(event.event_type.as_str()), event.outcome.map(annals_event::Outcome::as_str)];
        let labels = own.into_iter().chain(LABELS.iter().map(|column| event.get(*column)));
        Self::of_texts(event.details.as_deref(), labels.flatten())
    }

    /// The same from the texts themselves, labels in the order of [`EventWords::of`].
    pub fn of_texts<'a>(details: Option<&str>, labels: impl Iterator<Item = &'a str>) -> Self {
        let mut said = String::new();
        if let Some(details) = details {
            match serde_json::from_str(details) {
                Ok(value) => say(&value, &mut said),
                // Whatever somebody has written there is found as it stands.
                Err(_) => said.push_str(details),
            }
        }
        let labels: Vec<&str> = labels.collect();
        Self { said: indexed(&said, None), labels: indexed(&labels.join("\n"), None) }
    }
}

/// A value as text, without what JSON puts around it. Objects are no deeper than `serde_json` reads them.
fn say(value: &Value, said: &mut String) {
    let mut add = |text: &str| {
        said.push_str(text);
        said.push('\n');
    };
    match value {
        Value::Null => {}
        Value::Bool(flag) => add(if *flag { "true" } else { "false" }),
        Value::Number(number) => add(&number.to_string()),
        Value::String(text) => add(text),
        Value::Array(values) => values.iter().for_each(|value| say(value, said)),
        Value::Object(fields) => {
            for (name, value) in fields {
                said.push_str(name);
                said.push('\n');
                say(value, said);
            }
        }
    }
}

fn is_form(forms: &Forms, word: &str) -> bool {
    forms.iter().any(|form| form == word)
}

/// Whether the words of a phrase stand one behind the other somewhere.
fn stands_in(words: &[&str], phrase: &Phrase) -> bool {
    !phrase.is_empty()
        && words.windows(phrase.len()).any(|run| run.iter().zip(phrase).all(|(word, forms)| is_form(forms, word)))
}

#[cfg(test)]
mod tests;
