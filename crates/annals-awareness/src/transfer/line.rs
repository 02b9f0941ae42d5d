//! One line of an export: made of an entry, and read with every field named that is not as it must be.
//!
//! Read is what was written and nothing else: a member that nobody knows would be lost without a word, and so is refused.

use annals_event::Timestamp;
use annals_store::awareness::{Change, Entry, EntryId, EntryType};
use serde_json::{Map, Value, json};

use super::VERSION;

/// What an export calls itself in its head.
const FORMAT: &str = "annals-awareness";
/// The most bytes of a name: source, key, credential.
const MAX_NAME_BYTES: usize = 64 << 10;

/// What is wrong with a line: the field and the problem, ready to be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Bad(String);

/// A line of our own format.
#[derive(Debug)]
pub(super) enum Line {
    /// The first one.
    Head,
    /// An entry with what it was.
    Entry(Box<Entry>, Vec<Change>),
    /// The last one, with the number of entries before it.
    End(u64),
}

/// The members of an object, taken one after the other.
pub(super) struct Members {
    members: Map<String, Value>,
    within: &'static str,
}

/// The head of an export.
pub(super) fn head(space: &str) -> String {
    json!({ "format": FORMAT, "version": VERSION, "space": space }).to_string()
}

/// The line of an entry.
pub(super) fn entry(entry: &Entry, changes: &[Change]) -> String {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let changes: Vec<Value> =
        changes.iter().map(|change| json!({ "at": change.at.to_string(), "changed": change.changed })).collect();
    let members = json!({
        "id": entry.id.to_string(),
        "type": entry.entry_type.as_str(),
        "source": entry.source,
        "tags": entry.tags,
        "created": entry.created.to_string(),
        "updated": at(entry.updated),
        "expires": at(entry.expires),
        "deleted": at(entry.deleted),
        "logical_key": entry.logical_key,
        "language": entry.language,
        "credential": entry.credential,
        "data": entry.data,
        "changes": changes,
    });
    json!({ "entry": members }).to_string()
}

/// The end of an export.
pub(super) fn end(n_entries: u64) -> String {
    json!({ "end": { "n_entries": n_entries } }).to_string()
}

/// Whether this is a line of an export, by its members alone.
pub(super) fn is_ours(object: &Map<String, Value>) -> bool {
    object.get("format").is_some_and(|format| format == FORMAT)
}

/// Reads an object as a line of an export.
pub(super) fn read(object: Map<String, Value>) -> Result<Line, Bad> {
    let mut line = Members::new(object, "");
    if line.has("format") {
        let format = line.text("format")?;
        if format != FORMAT {
            return Err(Bad::field("format", format!("is `{}`, not `{FORMAT}`", annals_ask::shortened(&format))));
        }
        match line.number("version")? {
            VERSION => {}
            newer => {
                return Err(Bad::field(
                    "version",
                    format!("is {newer}, and this program reads {VERSION} (hint: use a newer one)"),
                ));
            }
        }
        line.text("space")?;
        line.done()?;
        return Ok(Line::Head);
    }
    if line.has("end") {
        let mut end = Members::new(line.object("end")?, "end.");
        line.done()?;
        let n_entries = end.number("n_entries")?;
        end.done()?;
        return Ok(Line::End(n_entries));
    }
    let members = line.object("entry")?;
    line.done()?;
    read_entry(Members::new(members, "entry."))
}

fn read_entry(mut members: Members) -> Result<Line, Bad> {
    let id: EntryId = members.parsed("id", "is no entry's id")?;
    let entry_type: EntryType = members.parsed("type", "is no type of entries")?;
    let source = members.name("source")?;
    let created = members.moment("created")?.ok_or_else(|| Bad::field("entry.created", "is missing"))?;
    let mut entry = Entry::new(id, entry_type, source, created);
    entry.tags = members.texts("tags")?;
    entry.updated = members.moment("updated")?;
    entry.expires = members.moment("expires")?;
    entry.deleted = members.moment("deleted")?;
    entry.logical_key = members.optional("logical_key")?;
    entry.language = members.optional("language")?;
    entry.credential = members.name("credential")?;
    entry.data = members.object("data")?;
    if entry.data.contains_key("changelog") {
        return Err(Bad::field(
            "entry.data.changelog",
            "has no place here (hint: `entry.changes` has what an entry was)",
        ));
    }
    let mut changes = Vec::new();
    for change in members.list("changes")? {
        let Value::Object(change) = change else { return Err(Bad::field("entry.changes", "is no list of objects")) };
        let mut change = Members::new(change, "entry.changes.");
        let at = change.moment("at")?.ok_or_else(|| Bad::field("entry.changes.at", "is missing"))?;
        changes.push(Change { at, changed: change.object("changed")? });
        change.done()?;
    }
    members.done()?;
    Ok(Line::Entry(Box::new(entry), changes))
}

impl Bad {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }

    pub(super) fn field(field: &str, problem: impl AsRef<str>) -> Self {
        Self(format!("`{}` {}", annals_ask::shortened(field), problem.as_ref()))
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl Members {
    pub(super) fn new(members: Map<String, Value>, within: &'static str) -> Self {
        Self { members, within }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The names of what was not taken.
    pub(super) fn rest(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// Says whether something is left that nobody took.
    pub(super) fn done(&self) -> Result<(), Bad> {
        match self.rest().next() {
            None => Ok(()),
            Some(name) => Err(self.bad(name, "is not known here (hint: it would be lost)")),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, Bad> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            other => Err(self.bad(name, &format!("is {}, not a text", kind(&other)))),
        }
    }

    /// A text that a name is, which is not endless.
    pub(super) fn name(&mut self, name: &str) -> Result<String, Bad> {
        let text = self.text(name)?;
        if MAX_NAME_BYTES < text.len() {
            return Err(self.bad(name, &format!("has {} bytes, more than {MAX_NAME_BYTES}", text.len())));
        }
        Ok(text)
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, Bad> {
        let mut texts = Vec::new();
        for item in self.list(name)? {
            match item {
                Value::String(text) => texts.push(text),
                other => return Err(self.bad(name, &format!("holds {}, not texts alone", kind(&other)))),
            }
        }
        Ok(texts)
    }

    fn optional(&mut self, name: &str) -> Result<Option<String>, Bad> {
        if self.members.get(name).is_some_and(Value::is_null) {
            self.members.remove(name);
            return Ok(None);
        }
        self.name(name).map(Some)
    }

    fn moment(&mut self, name: &str) -> Result<Option<Timestamp>, Bad> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.bad(name, "is no time in RFC 3339 between 1678 and 2261"))
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, problem: &str) -> Result<T, Bad> {
        self.text(name)?.parse().map_err(|_| self.bad(name, problem))
    }

    fn number(&mut self, name: &str) -> Result<u64, Bad> {
        let value = self.take(name)?;
        value.as_u64().ok_or_else(|| self.bad(name, &format!("is {}, not a whole number", kind(&value))))
    }

    fn object(&mut self, name: &str) -> Result<Map<String, Value>, Bad> {
        match self.take(name)? {
            Value::Object(object) => Ok(object),
            other => Err(self.bad(name, &format!("is {}, not an object", kind(&other)))),
        }
    }

    fn list(&mut self, name: &str) -> Result<Vec<Value>, Bad> {
        match self.take(name)? {
            Value::Array(list) => Ok(list),
            other => Err(self.bad(name, &format!("is {}, not a list", kind(&other)))),
        }
    }

    fn take(&mut self, name: &str) -> Result<Value, Bad> {
        self.members.remove(name).ok_or_else(|| self.bad(name, "is missing"))
    }

    fn bad(&self, name: &str, problem: &str) -> Bad {
        Bad::field(&format!("{}{name}", self.within), problem)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
