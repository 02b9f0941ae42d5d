//! `get_briefing`: the state of everything in one answer; fires due reminders.

use std::collections::HashSet;

use annals_event::Timestamp;
use annals_store::awareness::{Action, Briefing, Entry, EntryId, Name};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::briefing::{MAX_SOURCES, Material, brief, fire};
use crate::refusal::Refusal;
use crate::text;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_briefing",
    title: "Briefing",
    description: "Read first: sources that need attention, alerts and due reminders. Mention only what needs attention.",
    hints: Hints::Reads,
    arguments: &[may("max_sources", Kind::Whole).about("20")],
};

/// The preference that says where the user is, as the name of a time zone.
const ZONE: &str = "timezone";

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let asked = arguments.whole("max_sources", 1)?;
    let max_sources = asked.map_or(MAX_SOURCES, |asked| usize::try_from(asked).unwrap_or(usize::MAX));
    let briefing = briefing(service, context, max_sources)?;
    service.record_reading(context, CARD.name, &Map::new(), &[])?;
    Ok(briefing)
}

/// What a look for a briefing found.
enum Found {
    /// One that holds.
    Held(Value),
    /// What to make it of.
    Anew { loaded: Box<Briefing>, preference: Option<Box<Entry>>, revision: u64, now: Timestamp },
}

/// The briefing, after what is due was fired.
pub(crate) fn briefing(service: &Awareness, context: &Context, max_sources: usize) -> Result<Value, Refusal> {
    let place = service.briefings().place(context.caller.space(), max_sources);
    let held = service.look(context, |shelf| Ok(place.held(shelf.revision()?, shelf.now())))?;
    if let Some(held) = held {
        return Ok(held);
    }
    let _turn = place.turn();
    let found = service.look(context, |shelf| {
        let (revision, now) = (shelf.revision()?, shelf.now());
        if let Some(held) = place.held(revision, now) {
            return Ok(Found::Held(held));
        }
        let preference = shelf.named(&Name::preference("global", ZONE))?.map(Box::new);
        Ok(Found::Anew { loaded: Box::new(shelf.briefing()?), preference, revision, now })
    })?;
    let (mut loaded, preference, revision, now) = match found {
        Found::Held(held) => return Ok(held),
        Found::Anew { loaded, preference, revision, now } => (*loaded, preference, revision, now),
    };
    let zone = preference.as_ref().and_then(|entry| TimeZone::get(entry.text("value")?).ok()).unwrap_or(TimeZone::UTC);
    let (is_changed, until) = (!loaded.due.is_empty(), loaded.until);
    if is_changed {
        let due: Vec<EntryId> = loaded.due.iter().map(|entry| entry.id).collect();
        let fired = service.change(context, CARD.name, move |desk, told| {
            let mut fired = HashSet::new();
            for id in &due {
                let Some(mut entry) = desk.entry_for_change(*id)?.filter(|entry| entry.is_live(desk.now())) else {
                    continue;
                };
                if let Some(change) = fire(&mut entry, desk.now()) {
                    let terms = text::terms_of_entry(&entry);
                    entry = desk.replace(entry, Some(&terms), Some(&change))?;
                    told.change(Action::Fired, &entry);
                }
                // Somebody else may have fired it, or put it off, since it was looked at.
                if entry.text("state") == Some("fired") {
                    fired.insert(*id);
                }
            }
            Ok(fired)
        })?;
        loaded.due.retain(|entry| fired.contains(&entry.id));
    }
    let briefing = brief(&Material { loaded, now, zone, max_sources });
    if !is_changed {
        place.keep(revision, now, until, &briefing);
    }
    Ok(briefing)
}
