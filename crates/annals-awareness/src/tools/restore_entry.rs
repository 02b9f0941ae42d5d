//! `restore_entry`: taking entries out of the trash.

use annals_store::awareness::{Action, By, Choice, Desk, Entry, EntryId, Shelved, Wish};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may};
use super::writing::refuse;
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context, Halt, Told};
use crate::once::Once;
use crate::refusal::{Code, Refusal};

pub(super) const CARD: ToolCard = ToolCard {
    name: "restore_entry",
    title: "Restore entries",
    description: "Out of the trash, by id or tags.",
    hints: Hints::Sets,
    arguments: &[may("entry_id", Kind::Text), may("tags", Kind::Texts), may("idempotency_key", Kind::Text)],
};

/// How many entries are taken out of the trash between two looks for more.
const STRIDE: u64 = 500;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let id = arguments.text("entry_id")?.filter(|id| !id.is_empty());
    let tags = arguments.list("tags")?.filter(|tags| !tags.is_empty());
    let once = Once::of(arguments, context, CARD.name)?;
    match (id, tags) {
        (Some(id), _) => one(service, context, once, &id),
        (None, Some(tags)) => many(service, context, once, &tags),
        (None, None) => {
            let message = "nothing to restore was named (hint: give `entry_id` or `tags`)";
            Err(Refusal::parameter("entry_id", message))
        }
    }
}

fn one(service: &Awareness, context: &Context, once: Option<Once>, text: &str) -> Result<Value, Refusal> {
    let id: Option<EntryId> = text.trim().parse().ok();
    let answer = service.change_once(context, CARD.name, once, move |desk, told| {
        let found = id.map(|id| desk.entry_for_change(id)).transpose()?.flatten();
        let Some(entry) = found.filter(|entry| entry.deleted.is_some()) else { return Ok(Value::Null) };
        if let Some(taken) = in_the_way(desk, &entry)? {
            let message = "another entry has its key or name by now (hint: delete or rename that one first)";
            return refuse(Refusal::new(Code::Conflict, message).with("existing_id", taken.to_string()));
        }
        restore(desk, told, entry)?;
        Ok(json!(1))
    })?;
    let is_restored = !answer.is_null();
    let status = if is_restored { "ok" } else { "not_found" };
    Ok(json!({ "status": status, "restored": u8::from(is_restored), "entry_id": text }))
}

/// All with these tags, the last deleted first, so that of several with one key the newest comes back.
fn many(service: &Awareness, context: &Context, once: Option<Once>, tags: &[String]) -> Result<Value, Refusal> {
    let choice = Choice { tags: tags.to_vec(), shelved: Shelved::Trash, ..Choice::default() };
    let answer = service.change_once(context, CARD.name, once, move |desk, told| {
        let (mut n_restored, mut skipped) = (0_u64, Vec::new());
        let mut after = None;
        loop {
            let stride = desk.page(&choice, &Wish { after, ..Wish::first(By::Deleted, STRIDE) })?;
            after = stride.end(By::Deleted);
            for found in &stride.entries {
                let Some(entry) = desk.entry_for_change(found.id)?.filter(|entry| choice.fits(entry, desk.now()))
                else {
                    continue;
                };
                if in_the_way(desk, &entry)?.is_some() {
                    skipped.push(entry.id.to_string());
                    continue;
                }
                restore(desk, told, entry)?;
                n_restored += 1;
            }
            if !stride.has_more {
                return Ok(json!({ "restored": n_restored, "skipped": skipped }));
            }
        }
    })?;
    let mut shown = json!({ "status": "ok", "restored": answer["restored"], "tags": tags });
    if answer["skipped"].as_array().is_some_and(|skipped| !skipped.is_empty()) {
        // Their key or name is another entry's by now.
        shown["skipped"] = answer["skipped"].clone();
    }
    Ok(shown)
}

fn restore(desk: &mut dyn Desk, told: &mut Told, mut entry: Entry) -> Result<(), Halt> {
    entry.deleted = None;
    let entry = desk.replace(entry, None, None)?;
    told.change(Action::Restored, &entry);
    Ok(())
}

/// The entry outside the trash that has its key or name.
fn in_the_way(desk: &mut dyn Desk, entry: &Entry) -> Result<Option<EntryId>, Halt> {
    let keyed = match &entry.logical_key {
        Some(key) => desk.keyed_for_change(&entry.source, key)?,
        None => None,
    };
    let found = match (keyed, entry.facets().name) {
        (Some(keyed), _) => Some(keyed),
        (None, Some(name)) => desk.named_for_change(&name)?,
        (None, None) => None,
    };
    Ok(found.map(|found| found.id))
}
