//! The arguments of a call: each is asked for by its name and type, and what nobody asked for is refused.

use annals::EventId;
use serde_json::{Map, Value};

use crate::failure::{Code, Failure};

/// Arguments that are taken out one by one.
pub(super) struct Arguments {
    members: Map<String, Value>,
}

impl Arguments {
    pub(super) fn new(mut members: Map<String, Value>) -> Self {
        // A model that has nothing to say about an argument often says `null`.
        members.retain(|_, value| !value.is_null());
        Self { members }
    }

    /// Refuses what is not among these names; clients add nothing by themselves, so it is a slip of the model's.
    pub(super) fn only<'a>(&self, known: impl IntoIterator<Item = &'a str> + Clone) -> Result<(), Failure> {
        let Some(name) = self.members.keys().find(|name| !known.clone().into_iter().any(|known| known == *name)) else {
            return Ok(());
        };
        let shown = annals_ask::shortened(name);
        let failure = Failure::new(Code::Invalid, "is no argument of this tool").at(shown.clone());
        let valid: Vec<Value> = known.clone().into_iter().map(Value::from).collect();
        let near = annals_ask::nearest(&shown, known).map(|near| format!("did you mean `{near}`?"));
        let failure = failure.with_members([("valid".to_owned(), valid.into())]);
        Err(match near {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        })
    }

    /// A text, if it is there.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Failure> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, "must be a string", &other)),
        }
    }

    /// One of these words, if it is there.
    pub(super) fn word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*value));
        }
        let valid: Vec<Value> = words.iter().map(|(word, _)| Value::from(*word)).collect();
        Err(wrong(name, "is none of its words", &text.into()).with_members([("valid".to_owned(), valid.into())]))
    }

    /// A whole number between these bounds, if it is there; its digits as text count, too.
    pub(super) fn number(&mut self, name: &'static str, least: u64, most: u64) -> Result<Option<u64>, Failure> {
        let Some(value) = self.members.remove(name) else { return Ok(None) };
        let number = match &value {
            Value::Number(number) => number.as_u64(),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        };
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                Err(wrong(name, "is out of bounds", &value)
                    .with_hint(format!("give a whole number, {least} to {most}")))
            }
        }
    }

    /// The event's id that must be there.
    pub(super) fn id(&mut self) -> Result<EventId, Failure> {
        let missing = || Failure::new(Code::Invalid, "is missing").at("id").with_hint("give an event's id");
        let text = self.text("id")?.ok_or_else(missing)?;
        text.trim().parse().map_err(|_| {
            wrong("id", "is no event's id", &text.into()).with_hint("an id is a UUID, as `query_events` shows it")
        })
    }

    /// What is left, as the pairs of a question; a list is a pair for each of its values.
    pub(super) fn pairs(self) -> Result<Vec<(String, String)>, Failure> {
        let mut pairs = Vec::with_capacity(self.members.len());
        for (name, value) in self.members {
            match value {
                Value::Array(values) => {
                    for value in values {
                        pairs.push((name.clone(), plain(&name, value)?));
                    }
                }
                value => {
                    let text = plain(&name, value)?;
                    pairs.push((name, text));
                }
            }
        }
        Ok(pairs)
    }

    /// What is left.
    pub(super) fn rest(self) -> Map<String, Value> {
        self.members
    }
}

fn plain(name: &str, value: Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(wrong(name, "must be a string, a number or a list of them", &other)),
    }
}

/// Wrong in its type or value, which is shown as far as it may be.
fn wrong(name: &str, problem: &'static str, value: &Value) -> Failure {
    let shown = match value {
        Value::String(text) => Value::from(annals_ask::shortened(text)),
        Value::Number(_) | Value::Bool(_) | Value::Null => value.clone(),
        Value::Array(_) => Value::from("a list"),
        Value::Object(_) => Value::from("an object"),
    };
    Failure::new(Code::Invalid, problem).at(annals_ask::shortened(name)).with_members([("value".to_owned(), shown)])
}
