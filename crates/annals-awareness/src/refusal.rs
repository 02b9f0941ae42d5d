//! What a tool answers instead of a result, in the shape that the clients of the original system read.
//!
//! One object for everything that a model can mend, with the parameter, what was wrong with it and what would have been right.
//! What only the operator can mend is in [`Refusal::log`], which no client sees: no text of a database leaves through here.
//! It does not know how a wire says that a call failed.

use serde_json::{Map, Value, json};

/// Where the original's users are told how to write a time.
pub(crate) const TIME_HELP: &str = "https://docs.python.org/3/library/datetime.html#datetime.datetime.fromisoformat";

/// How far apart, in edits, a wrong word and the one proposed for it may be.
const FAR: usize = 2;

/// What kind of refusal it is; programs decide by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// A parameter is missing, ill-typed or out of range.
    InvalidParameter,
    /// There is no such entry for this caller.
    NotFound,
    /// Something behind the service can't be had right now.
    Unavailable,
    /// What was to be registered is no JSON Schema.
    InvalidSchema,
    /// The family and version are taken.
    SchemaAlreadyExists,
    /// There is no schema of this family and version.
    SchemaNotFound,
    /// The content does not satisfy its schema.
    ValidationFailed,
    /// Validation itself could not be carried out.
    ValidationError,
    /// A registered schema is not changed.
    SchemaImmutable,
    /// Live records are pinned to the schema.
    SchemaInUse,
    /// Somebody changed the entry first.
    Conflict,
}

impl Code {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InvalidParameter => "invalid_parameter",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
            Self::InvalidSchema => "invalid_schema",
            Self::SchemaAlreadyExists => "schema_already_exists",
            Self::SchemaNotFound => "schema_not_found",
            Self::ValidationFailed => "validation_failed",
            Self::ValidationError => "validation_error",
            Self::SchemaImmutable => "schema_immutable",
            Self::SchemaInUse => "schema_in_use",
            Self::Conflict => "conflict",
        }
    }

    /// Whether the same call may succeed later.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

/// A call that was not carried out, and why. One word wide, since every answer has room for it.
#[derive(Clone, PartialEq, Debug)]
pub struct Refusal(Box<Parts>);

#[derive(Clone, PartialEq, Debug)]
struct Parts {
    code: Code,
    message: String,
    param: Option<String>,
    value: Option<Value>,
    valid: Option<Vec<String>>,
    suggestion: Option<String>,
    help_url: Option<&'static str>,
    extras: Map<String, Value>,
    log: Option<String>,
}

impl Refusal {
    /// A refusal with a message and no more.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            message: message.into(),
            param: None,
            value: None,
            valid: None,
            suggestion: None,
            help_url: None,
            extras: Map::new(),
            log: None,
        }))
    }

    /// A parameter that is wrong.
    pub fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameter, message).at(name)
    }

    /// A parameter that must be there and is not.
    pub fn missing(name: &str) -> Self {
        Self::parameter(name, format!("`{name}` is missing"))
    }

    /// A word that is none of those that a parameter takes, with the one that was probably meant.
    pub fn word(name: &str, word: &str, valid: impl IntoIterator<Item = &'static str>) -> Self {
        let mut valid: Vec<&str> = valid.into_iter().collect();
        valid.sort_unstable();
        let mut message = format!("`{name}` is `{}`, which is none of its words", annals_ask::shortened(word));
        let suggestion = near(word, &valid);
        if let Some(near) = suggestion {
            message.push_str(". Did you mean '");
            message.push_str(near);
            message.push_str("'?");
        }
        let mut refusal = Self::parameter(name, message).with_value(word);
        refusal.0.suggestion = suggestion.map(str::to_owned);
        refusal.0.valid = Some(valid.into_iter().map(str::to_owned).collect());
        refusal
    }

    /// No such entry. An entry of another space is answered in the same words.
    pub fn no_entry(id: &str) -> Self {
        let shown = annals_ask::shortened(id);
        Self::new(Code::NotFound, format!("Entry not found: {shown}")).at("entry_id").with_value(id)
    }

    /// Names the parameter.
    pub fn at(mut self, name: &str) -> Self {
        self.0.param = Some(name.to_owned());
        self
    }

    /// Repeats the value, without what looks like a secret and not longer than a message's.
    pub fn with_value(mut self, value: impl Into<Value>) -> Self {
        self.0.value = Some(match value.into() {
            Value::String(text) => Value::String(annals_ask::shortened(&text)),
            Value::Array(_) => "a list".into(),
            Value::Object(_) => "an object".into(),
            other => other,
        });
        self
    }

    /// Names the page that explains what is right.
    pub fn with_help(mut self, url: &'static str) -> Self {
        self.0.help_url = Some(url);
        self
    }

    /// Adds a member of its own to the error object.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extras.insert(name.to_owned(), value.into());
        self
    }

    /// What the operator's log should say, and the client not.
    pub fn with_log(mut self, log: impl Into<String>) -> Self {
        self.0.log = Some(log.into());
        self
    }

    /// Its kind.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What is wrong, for a reader.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to log, where it is not the caller's doing.
    pub fn log(&self) -> Option<&str> {
        self.0.log.as_deref()
    }

    /// `{"status":"error","error":{…}}`.
    pub fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("code".to_owned(), self.0.code.word().into());
        error.insert("message".to_owned(), self.0.message.clone().into());
        error.insert("retryable".to_owned(), self.0.code.is_retryable().into());
        let optional = [
            ("param", self.0.param.clone().map(Value::from)),
            ("value", self.0.value.clone()),
            ("valid", self.0.valid.clone().map(Value::from)),
            ("suggestion", self.0.suggestion.clone().map(Value::from)),
            ("help_url", self.0.help_url.map(Value::from)),
        ];
        error.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        error.extend(self.0.extras.clone());
        json!({ "status": "error", "error": error })
    }
}

/// The word that is at most two edits away, letters' case aside. Of several the nearest, and the first among equals.
///
/// `annals_ask::nearest` measures likeness instead, for names that may be long; the contract counts edits.
fn near<'a>(word: &str, valid: &[&'a str]) -> Option<&'a str> {
    // A word longer than any that could be meant would only cost time.
    if 64 < word.len() {
        return None;
    }
    let word = word.to_lowercase();
    let far = |known: &&str| strsim::levenshtein(&word, &known.to_lowercase());
    valid.iter().copied().map(|known| (far(&known), known)).filter(|(far, _)| *far <= FAR).min().map(|(_, near)| near)
}

#[cfg(test)]
mod tests;
