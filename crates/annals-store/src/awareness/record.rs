//! The events by which the log tells of entries: made here and read in `trace`, so that names of fields stand in one place.
//!
//! A change is one `resource.modified` an entry (an `entity_deleted` for one that is gone for good) with the digest of the entry as it stands after it. Reading is one
//! `context.query_executed` a call, with the entries that were in the answer; acting is a `resource.accessed`.

use annals_event::Event;
use serde_json::{Map, Value, json};

use super::{Entry, EntryId, trace};

/// The most entries that one event of a reading names; a longer answer is told by several.
pub const MAX_ENTRIES_READ: usize = 1_000;

/// What was done to an entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was put into the trash.
    Trashed,
    /// It was taken out of the trash.
    Restored,
    /// It is gone for good.
    Purged,
    /// A reminder became due.
    Fired,
    /// It came from somewhere else.
    Imported,
}

/// The events about entries.
#[derive(Clone, Copy, Debug)]
pub struct Record;

/// What somebody did about an entry.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The entry.
    pub entry: EntryId,
    /// What was done.
    pub action: &'a str,
    /// More about it.
    pub detail: Option<&'a str>,
    /// Its tags.
    pub tags: &'a [String],
    /// The client's name.
    pub platform: Option<&'a str>,
}

impl Action {
    /// Its word in the details.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Trashed => "trashed",
            Self::Restored => "restored",
            Self::Purged => "purged",
            Self::Fired => "fired",
            Self::Imported => "imported",
        }
    }
}

impl Record {
    /// One change. The entry is as it stands after it, which for [`Action::Purged`] is as it last stood.
    pub fn change(space: &str, action: Action, entry: &Entry, tool: &str) -> Event {
        let mut details = Map::new();
        details.insert(trace::ACTION.to_owned(), action.as_str().into());
        details.insert(trace::ENTRY.to_owned(), entry.id.to_string().into());
        details.insert(trace::ENTRY_TYPE.to_owned(), entry.entry_type.as_str().into());
        let event_type = if action == Action::Purged {
            trace::PURGED
        } else {
            details.insert(trace::DIGEST.to_owned(), trace::hex(&entry.digest(space)).into());
            trace::CHANGED
        };
        Event::new(event_type).tool(tool).resource(trace::resource(entry.id)).details(Value::Object(details))
    }

    /// One answer's reading: one event, or several for a long answer. `details` are put into each of them beside the entries and their number.
    pub fn reading(
        tool: &str,
        platform: Option<&str>,
        details: &Map<String, Value>,
        entries: &[EntryId],
    ) -> Vec<Event> {
        let mut parts: Vec<&[EntryId]> = entries.chunks(MAX_ENTRIES_READ).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        parts
            .into_iter()
            .map(|part| {
                let mut details = details.clone();
                let ids = part.iter().map(|id| Value::from(id.to_string())).collect();
                details.insert(trace::N_ENTRIES.to_owned(), part.len().into());
                details.insert(trace::ENTRIES.to_owned(), Value::Array(ids));
                let event = Event::new(trace::READ).tool(tool).details(Value::Object(details));
                with_client(event, platform)
            })
            .collect()
    }

    /// One action.
    pub fn acted(tool: &str, act: &Act<'_>) -> Event {
        let details = json!({
            (trace::ENTRY): act.entry.to_string(),
            (trace::ACTION): act.action,
            (trace::DETAIL): act.detail,
            (trace::TAGS): act.tags,
            (trace::PLATFORM): act.platform,
        });
        let event = Event::new(trace::ACTED).tool(tool).resource(trace::resource(act.entry)).details(details);
        with_client(event, act.platform)
    }
}

fn with_client(event: Event, platform: Option<&str>) -> Event {
    match platform {
        Some(platform) if !platform.is_empty() => event.client(platform),
        _ => event,
    }
}
