//! The arguments of a call, taken as generously as the original takes them.
//!
//! Models write `"5"` for a number, JSON inside a text for a list, and `null` for what they leave out: all of it is understood. Only where any JSON is
//! asked for is `null` a value like another.
//! An argument that a tool does not know changes nothing and is named in `warnings` beside the answer; it is no error, since clients of the
//! original have always been let through with it.
//! What stays wrong is a [`Refusal`] that names the parameter.

use annals_event::Timestamp;
use serde_json::{Map, Value};

use crate::moment;
use crate::refusal::Refusal;

/// Arguments, asked for by name and type.
#[derive(Clone, Debug)]
pub struct Arguments {
    members: Map<String, Value>,
    warnings: Vec<String>,
}

/// One of the words that a parameter takes, and what it stands for.
pub type Word<T> = (&'static str, T);

impl Arguments {
    /// What a caller gave for a tool that knows these names.
    pub fn new(mut members: Map<String, Value>, known: &[&str]) -> Self {
        let is_known = |name: &String| known.contains(&name.as_str());
        members.retain(|name, value| is_known(name) || !value.is_null());
        let mut warnings: Vec<String> = Vec::new();
        let mut n_unknown = 0_usize;
        for name in members.keys().filter(|name| !is_known(name)) {
            n_unknown += 1;
            if n_unknown > MAX_WARNINGS {
                continue;
            }
            let shown = annals_ask::shortened(name);
            warnings.push(match annals_ask::nearest(&shown, known.iter().copied()) {
                Some(near) => format!("unknown argument `{shown}` was ignored (hint: did you mean `{near}`?)"),
                None => format!("unknown argument `{shown}` was ignored"),
            });
        }
        if n_unknown > MAX_WARNINGS {
            warnings.push(format!("{} more unknown arguments were ignored", n_unknown - MAX_WARNINGS));
        }
        members.retain(|name, _| is_known(name));
        Self { members, warnings }
    }

    /// What was ignored, for the answer.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// All that a tool knows of them, as they were given; a `null` is as good as left out.
    pub(crate) fn all(&self) -> Value {
        let given = self.members.iter().filter(|(_, value)| !value.is_null());
        given.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
    }

    /// What was given and is not `null`.
    fn given(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A text, if it is there.
    pub fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.given(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(wrong(name, "must be a string", other)),
        }
    }

    /// A text that must be there; it may be empty.
    pub fn needed_text(&self, name: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// A text that must be there and say something.
    pub fn telling_text(&self, name: &str) -> Result<String, Refusal> {
        let text = self.needed_text(name)?;
        if text.trim().is_empty() { Err(Refusal::parameter(name, format!("`{name}` is empty"))) } else { Ok(text) }
    }

    /// One of these words, if it is there.
    pub fn word<T: Copy>(&self, name: &str, words: &[Word<T>]) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => Err(Refusal::word(name, &text, words.iter().map(|(word, _)| *word))),
        }
    }

    /// A list of texts, if it is there; a list as JSON text counts, too.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let value = match self.structured(name) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(other) => return Err(wrong(name, "must be a list of strings", &other)),
        };
        let texts = value.iter().map(|item| item.as_str().map(str::to_owned));
        match texts.collect::<Option<Vec<String>>>() {
            Some(texts) => Ok(Some(texts)),
            None => Err(wrong(name, "must be a list of strings", &Value::Array(value))),
        }
    }

    /// A list of texts that must be there.
    pub fn needed_list(&self, name: &str) -> Result<Vec<String>, Refusal> {
        self.list(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// An object, if it is there; an object as JSON text counts, too.
    pub fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, Refusal> {
        match self.structured(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(other) => Err(wrong(name, "must be an object", &other)),
        }
    }

    /// An object that must be there.
    pub fn needed_object(&self, name: &str) -> Result<Map<String, Value>, Refusal> {
        self.object(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// Whatever is there, as it was given.
    pub fn any(&self, name: &str) -> Option<Value> {
        self.given(name).cloned()
    }

    /// Whatever is there; an object or a list as JSON text is read.
    pub fn structured(&self, name: &str) -> Option<Value> {
        self.needed_any(name).ok().filter(|value| !value.is_null())
    }

    /// Any JSON that must be there, and may be `null`; an object or a list as JSON text is read.
    pub fn needed_any(&self, name: &str) -> Result<Value, Refusal> {
        match self.members.get(name) {
            None => Err(Refusal::missing(name)),
            Some(Value::String(text)) => Ok(read_structure(text).unwrap_or_else(|| Value::String(text.clone()))),
            Some(other) => Ok(other.clone()),
        }
    }

    /// A whole number of at least `least`, if it is there; its digits as text count, too.
    pub fn whole(&self, name: &str, least: i64) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(without_fraction)),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        };
        match number {
            None => Err(wrong(name, "must be a whole number", value)),
            Some(number) if number < least => {
                Err(Refusal::parameter(name, format!("`{name}` must be at least {least}")).with_value(number))
            }
            Some(number) => Ok(Some(number)),
        }
    }

    /// Yes or no, if it is there.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            Value::String(word) => match word.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
                "false" | "no" | "off" | "0" | "f" | "n" => Some(false),
                _ => None,
            },
            _ => None,
        };
        flag.map(Some).ok_or_else(|| wrong(name, "must be true or false", value))
    }

    /// A time, if it is there.
    pub fn moment(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        self.text(name)?.map(|text| moment::read(name, &text)).transpose()
    }
}

/// How many unknown arguments are named; the rest is counted.
const MAX_WARNINGS: usize = 10;

/// An object or a list in a text; anything else is only a text.
fn read_structure(text: &str) -> Option<Value> {
    let looks = text.trim_start();
    (looks.starts_with('{') || looks.starts_with('[')).then(|| serde_json::from_str(text).ok())?
}

/// `5.0` is five; beyond 2^53 a fraction can't be told any more.
fn without_fraction(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    // Formatting a whole number has no decimals, and parsing them back is exact.
    is_whole.then(|| format!("{number:.0}").parse().ok())?
}

fn wrong(name: &str, must: &str, value: &Value) -> Refusal {
    Refusal::parameter(name, format!("`{name}` {must}")).with_value(value.clone())
}

#[cfg(test)]
mod tests;
