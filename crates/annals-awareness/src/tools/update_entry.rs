//! `update_entry`: changing an entry, its history kept.

use annals_store::awareness::{EntryId, EntryType};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::pinned::{Held, Pin, hold, pin_of, settled};
use super::writing::{refuse, related, replace};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::changes::{Wished, content_text, expect_unchanged};
use crate::moment;
use crate::once::Once;
use crate::refusal::{Code, Refusal};
use annals_words::known;

pub(super) const CARD: ToolCard = ToolCard {
    name: "update_entry",
    title: "Update an entry",
    description: "Change what is given; the old goes to its history. Not for statuses, alerts, suppressions and schemas.",
    hints: Hints::Sets,
    arguments: &[
        needed("entry_id", Kind::Text),
        may("description", Kind::Text),
        may("tags", Kind::Texts),
        may("source", Kind::Text),
        may("content", Kind::Content),
        may("content_type", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("expected_updated", Kind::Text).about("`updated` as read; a conflict if it differs"),
        may("idempotency_key", Kind::Text),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let text = arguments.needed_text("entry_id")?;
    // What is no id names no entry.
    let id: EntryId = text.trim().parse().map_err(|_| Refusal::no_entry(&text))?;
    let expected = arguments.moment("expected_updated")?;
    let once = Once::of(arguments, context, CARD.name)?;
    let body = arguments.any("content");
    let wished = Wished {
        source: arguments.text("source")?,
        tags: arguments.list("tags")?,
        language: arguments.text("language")?.map(|code| known(&code)),
        ..Wished::default()
    }
    .with("description", arguments.text("description")?)
    .with("content_type", arguments.text("content_type")?)
    .with("related_ids", related(arguments, Some(id))?);
    if wished.is_empty() && body.is_none() {
        return Err(Refusal::parameter("content", "nothing to change was given"));
    }
    settled(|| {
        let held = match &body {
            Some(body) => held(service, context, id, body),
            None => Ok(None),
        };
        let (text, wished, body) = (text.clone(), wished.clone(), body.clone());
        service.change_once(context, CARD.name, once, move |desk, told| {
            let there = desk.entry_for_change(id)?.filter(|entry| entry.is_live(desk.now()));
            let Some(mut entry) = there else { return refuse(Refusal::no_entry(&text)) };
            match entry.entry_type {
                EntryType::Status | EntryType::Alert | EntryType::Suppression => {
                    let message = format!("Entry is of the immutable type `{}`", entry.entry_type);
                    return refuse(Refusal::new(Code::NotFound, message).at("entry_id"));
                }
                EntryType::Schema => {
                    let message = "a registered schema is not changed (hint: register another version)";
                    return refuse(Refusal::new(Code::SchemaImmutable, message).at("entry_id"));
                }
                _ => {}
            }
            expect_unchanged(&entry, expected).or_else(refuse)?;
            let body = match (&body, entry.entry_type) {
                (Some(_), EntryType::Record) => match held.clone().or_else(refuse)? {
                    Some((pin, held, body)) if pin == pin_of(&entry) && held.is_current(desk, &pin.0, &pin.1)? => {
                        Some(body)
                    }
                    _ => return Ok(Value::Null),
                },
                (Some(body), _) => Some(content_text(body).into()),
                (None, _) => None,
            };
            if let Some(change) = wished.clone().with("content", body).apply(&mut entry, desk.now()) {
                entry = replace(desk, told, entry, Some(&change))?;
            }
            Ok(json!({ "status": "ok", "id": id.to_string(), "updated": entry.updated.map(moment::written) }))
        })
    })
}

/// New content of a record, held against its schema; nothing for an entry of another type.
fn held(
    service: &Awareness,
    context: &Context,
    id: EntryId,
    body: &Value,
) -> Result<Option<(Pin, Held, Value)>, Refusal> {
    let found = service.look(context, |shelf| shelf.entry(id))?;
    let Some(record) = found.filter(|entry| entry.entry_type == EntryType::Record) else { return Ok(None) };
    let body = match body {
        // Whatever JSON it is; what is none is a text.
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| body.clone()),
        other => other.clone(),
    };
    let pin = pin_of(&record);
    let held = hold(service, context, (&pin.0, &pin.1), &body)?;
    Ok(Some((pin, held, body)))
}
