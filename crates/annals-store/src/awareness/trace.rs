//! Reading back what an event of the log says about entries, and holding a change against its events.
//!
//! Whoever may record can record such an event of their own. It counts for what it says in its own space, as everything in the log does; a change of an entry has its own event behind it, and the
//! newest one's digest must be the entry's.

use std::collections::BTreeMap;

use annals_event::{Column, Encoded, StoredEvent};
use serde_json::{Map, Value};

use super::{Entry, EntryId, MAX_ENTRIES_READ};
use crate::{Error, ErrorKind};

pub(super) const CHANGED: &str = "resource.modified";
pub(super) const PURGED: &str = "entity_deleted";
pub(super) const READ: &str = "context.query_executed";
pub(super) const ACTED: &str = "resource.accessed";

pub(super) const ACTION: &str = "action";
pub(super) const DETAIL: &str = "detail";
pub(super) const DIGEST: &str = "digest";
pub(super) const ENTRIES: &str = "entries";
pub(super) const ENTRY: &str = "entry";
pub(super) const ENTRY_TYPE: &str = "entry_type";
pub(super) const N_ENTRIES: &str = "n_entries";
pub(super) const PLATFORM: &str = "platform";
pub(super) const TAGS: &str = "tags";

/// How a resource is called that is an entry.
const RESOURCE: &str = "awareness:";

/// What an event says about entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trace {
    /// An entry stands as this digest says.
    Changed {
        /// The entry.
        entry: EntryId,
        /// Its digest.
        digest: [u8; 32],
    },
    /// An entry is gone for good.
    Purged {
        /// The entry.
        entry: EntryId,
    },
    /// Entries were in an answer.
    Read {
        /// The entries, each once.
        entries: Vec<EntryId>,
        /// The tool that gave the answer.
        tool: String,
        /// The client's name.
        platform: Option<String>,
    },
    /// Somebody acted on an entry.
    Acted {
        /// The entry.
        entry: EntryId,
        /// What was done.
        action: String,
        /// More about it.
        detail: Option<String>,
        /// Its tags.
        tags: Vec<String>,
        /// The tool.
        tool: String,
        /// The client's name.
        platform: Option<String>,
    },
}

/// The parts of an event that tell of entries.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The type.
    pub event_type: &'a str,
    /// The resource.
    pub resource: Option<&'a str>,
    /// The tool.
    pub tool: Option<&'a str>,
    /// The client.
    pub client: Option<&'a str>,
    /// The details as JSON.
    pub details: Option<&'a str>,
}

impl<'a> From<&'a StoredEvent> for Told<'a> {
    fn from(event: &'a StoredEvent) -> Self {
        Self {
            event_type: &event.event_type,
            resource: event.texts.get(Column::Resource),
            tool: event.texts.get(Column::Tool),
            client: event.texts.get(Column::Client),
            details: event.details.as_deref(),
        }
    }
}

impl<'a> From<&Encoded<'a>> for Told<'a> {
    fn from(event: &Encoded<'a>) -> Self {
        Self {
            event_type: event.event_type(),
            resource: event.get(Column::Resource),
            tool: event.get(Column::Tool),
            client: event.get(Column::Client),
            details: event.details(),
        }
    }
}

impl Trace {
    /// What an event says; nothing for most, after a look at the type alone.
    pub fn of<'a>(event: impl Into<Told<'a>>) -> Option<Self> {
        let told = event.into();
        match told.event_type {
            CHANGED | PURGED | ACTED => told.resource?.starts_with(RESOURCE).then_some(())?,
            READ => {}
            _ => return None,
        }
        let mut details: Map<String, Value> = serde_json::from_str(told.details?).ok()?;
        let tool = || told.tool.unwrap_or_default().to_owned();
        let platform = |details: &Map<String, Value>| {
            let named = details.get(PLATFORM).and_then(Value::as_str).filter(|name| !name.is_empty());
            named.or(told.client).map(str::to_owned)
        };
        if told.event_type == READ {
            let named = details.get(ENTRIES)?.as_array()?;
            let mut entries: Vec<EntryId> = Vec::with_capacity(named.len().min(MAX_ENTRIES_READ));
            for id in named.iter().take(MAX_ENTRIES_READ) {
                entries.push(id.as_str()?.parse().ok()?);
            }
            let mut seen = std::collections::HashSet::with_capacity(entries.len());
            entries.retain(|id| seen.insert(*id));
            return (!entries.is_empty()).then(|| Self::Read { entries, tool: tool(), platform: platform(&details) });
        }
        let entry: EntryId = details.get(ENTRY)?.as_str()?.parse().ok()?;
        if told.resource != Some(resource(entry).as_str()) {
            return None;
        }
        match told.event_type {
            CHANGED => Some(Self::Changed { entry, digest: unhex(details.get(DIGEST)?.as_str()?)? }),
            PURGED => Some(Self::Purged { entry }),
            _ => {
                let platform = platform(&details);
                let Value::String(action) = details.remove(ACTION)? else { return None };
                let tags = match details.remove(TAGS) {
                    Some(Value::Array(tags)) => tags.iter().filter_map(|tag| Some(tag.as_str()?.to_owned())).collect(),
                    _ => Vec::new(),
                };
                let detail = details.get(DETAIL).and_then(Value::as_str).map(str::to_owned);
                Some(Self::Acted { entry, action, detail, tags, tool: tool(), platform })
            }
        }
    }
}

/// The changes of one transaction whose events are still to come.
#[derive(Debug, Default)]
pub struct Unrecorded(BTreeMap<EntryId, Option<[u8; 32]>>);

impl Unrecorded {
    /// The entry stands so now.
    pub fn changed(&mut self, space: &str, entry: &Entry) {
        self.0.insert(entry.id, Some(entry.digest(space)));
    }

    /// The entry is gone.
    pub fn purged(&mut self, entry: EntryId) {
        self.0.insert(entry, None);
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Holds the events of the transaction against its changes: the last one about an entry must say how it stands.
    pub fn check(mut self, events: &[Vec<u8>]) -> Result<(), Error> {
        for payload in events.iter().rev() {
            let event = Encoded::decode(payload).map_err(|error| {
                Error::with_source(ErrorKind::Invalid, format!("an event cannot be read: {error}"), error)
            })?;
            let said = match Trace::of(&event) {
                Some(Trace::Changed { entry, digest }) => (entry, Some(digest)),
                Some(Trace::Purged { entry }) => (entry, None),
                _ => continue,
            };
            if self.0.get(&said.0) == Some(&said.1) {
                self.0.remove(&said.0);
            }
        }
        match self.0.first_key_value() {
            None => Ok(()),
            Some((entry, _)) => Err(Error::new(
                ErrorKind::Invalid,
                format!("a change of entry `{entry}` was handed in without an event that tells of it"),
            )),
        }
    }
}

/// An entry as a resource.
pub(super) fn resource(entry: EntryId) -> String {
    format!("{RESOURCE}{entry}")
}

/// Two digits a byte.
pub(super) fn hex(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        *byte = value(digits[0])? << 4 | value(digits[1])?;
    }
    Some(bytes)
}
