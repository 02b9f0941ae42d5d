//! What a client is told about a tool, and the JSON Schema of its arguments.

use serde_json::{Map, Value, json};

/// A tool as clients see it.
#[derive(Debug)]
pub struct ToolCard {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it may do.
    pub hints: Hints,
    /// What it takes.
    pub arguments: &'static [Argument],
}

/// What a tool may do, as far as a client asks before it lets a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hints {
    /// Nothing but the record of the reading, and a reminder that fires.
    Reads,
    /// Adds something each time.
    Adds,
    /// Comes to the same however often it is called.
    Sets,
    /// Takes something away.
    Destroys,
}

/// One argument.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be given.
    pub is_needed: bool,
    /// A word about it; empty where the name says enough.
    pub about: &'static str,
}

/// What an argument takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// An object.
    Object,
    /// A whole number.
    Whole,
    /// True or false.
    Flag,
    /// A string, an object or a list.
    Content,
    /// Any JSON.
    Any,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// An argument that must be given.
pub(super) const fn needed(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, is_needed: true, about: "" }
}

/// An argument that may be given.
pub(super) const fn may(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, is_needed: false, about: "" }
}

impl Argument {
    /// With a word about it.
    pub(super) const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Object => json!({ "type": "object" }),
            Kind::Whole => json!({ "type": "integer" }),
            Kind::Flag => json!({ "type": "boolean" }),
            // Some clients know schemas of one type alone, and none that says nothing.
            Kind::Content => any_of(&["string", "object", "array"]),
            Kind::Any => any_of(&["string", "object", "array", "number", "boolean", "null"]),
            Kind::Word(words) => json!({ "type": "string", "enum": words }),
        };
        if !self.about.is_empty() {
            schema["description"] = self.about.into();
        }
        schema
    }
}

fn any_of(types: &[&str]) -> Value {
    json!({ "anyOf": types.iter().map(|name| json!({ "type": name })).collect::<Vec<_>>() })
}

impl ToolCard {
    /// The names of its arguments.
    pub fn names(&self) -> Vec<&'static str> {
        self.arguments.iter().map(|argument| argument.name).collect()
    }

    /// The JSON Schema of its arguments.
    pub fn input_schema(&self) -> Map<String, Value> {
        let properties: Map<String, Value> =
            self.arguments.iter().map(|argument| (argument.name.to_owned(), argument.schema())).collect();
        let needed = self.arguments.iter().filter(|argument| argument.is_needed);
        let needed: Vec<&str> = needed.map(|argument| argument.name).collect();
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), properties.into());
        if !needed.is_empty() {
            schema.insert("required".to_owned(), needed.into());
        }
        schema
    }

    /// The hints by their names in the protocol.
    pub fn annotations(&self) -> [(&'static str, bool); 4] {
        let (reads, destroys, repeats) = match self.hints {
            Hints::Reads => (true, false, true),
            Hints::Adds => (false, false, false),
            Hints::Sets => (false, false, true),
            Hints::Destroys => (false, true, true),
        };
        [("readOnlyHint", reads), ("destructiveHint", destroys), ("idempotentHint", repeats), ("openWorldHint", false)]
    }

    /// All of it, with the names of the protocol.
    pub fn to_json(&self) -> Value {
        let annotations: Map<String, Value> =
            self.annotations().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input_schema(),
            "outputSchema": { "type": "object" },
            "annotations": annotations,
        })
    }
}
