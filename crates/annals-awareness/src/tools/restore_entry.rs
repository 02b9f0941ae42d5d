//! `restore_entry`: taking entries out of the trash.
//!
//! A record comes back only where the schema that it is pinned to takes it as it is now. That may take a while, so records are held against their schemas before the change, as those that are made.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals_store::awareness::{Action, By, Choice, Desk, Entry, EntryId, EntryType, Name, Shelved, Wish};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may};
use super::pinned::{Held, hold_beside, pin_of, settled};
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
    let answer = settled(|| {
        let mut records = Records::none(context);
        let found = id.map(|id| service.look(context, |shelf| shelf.any_entry(id))).transpose()?.flatten();
        if let Some(entry) = found.filter(|entry| entry.deleted.is_some()) {
            records.hold(service, context, &entry, &HashMap::new())?;
        }
        service.change_once(context, CARD.name, once, move |desk, told| {
            let found = id.map(|id| desk.entry_for_change(id)).transpose()?.flatten();
            let Some(entry) = found.filter(|entry| entry.deleted.is_some()) else { return Ok(json!(0)) };
            if let Some(taken) = in_the_way(desk, &entry)? {
                let message = "another entry has its key or name by now (hint: delete or rename that one first)";
                return refuse(Refusal::new(Code::Conflict, message).with("existing_id", taken.to_string()));
            }
            match records.verdict(desk, &entry)? {
                Some(Ok(())) => restore(desk, told, entry)?,
                Some(Err(refusal)) => return refuse(refusal),
                None => return Ok(Value::Null),
            }
            Ok(json!(1))
        })
    })?;
    let status = if answer == 1 { "ok" } else { "not_found" };
    Ok(json!({ "status": status, "restored": answer, "entry_id": text }))
}

/// All with these tags, schemas first, since their records may be among the others; and the last deleted first, so that of several with one key the newest comes back.
fn many(service: &Awareness, context: &Context, once: Option<Once>, tags: &[String]) -> Result<Value, Refusal> {
    let choice = Choice { tags: tags.to_vec(), shelved: Shelved::Trash, ..Choice::default() };
    let answer = settled(|| {
        let (choice, records) = (choice.clone(), Records::of(service, context, &choice)?);
        let is_outdated = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&is_outdated);
        let done = service.change_once(context, CARD.name, once, move |desk, told| {
            tell.store(false, Ordering::Relaxed);
            let (mut n_restored, mut skipped) = (0_u64, Vec::new());
            let (schemas, others): (Vec<_>, Vec<_>) =
                EntryType::ALL.into_iter().partition(|entry_type| *entry_type == EntryType::Schema);
            for types in [schemas, others] {
                let choice = Choice { types, ..choice.clone() };
                let mut after = None;
                loop {
                    let stride = desk.page(&choice, &Wish { after, ..Wish::first(By::Deleted, STRIDE) })?;
                    after = stride.end(By::Deleted);
                    for found in &stride.entries {
                        let there = desk.entry_for_change(found.id)?;
                        let Some(entry) = there.filter(|entry| choice.fits(entry, desk.now())) else { continue };
                        if in_the_way(desk, &entry)?.is_some() {
                            skipped.push(entry.id.to_string());
                            continue;
                        }
                        match records.verdict(desk, &entry)? {
                            Some(Ok(())) => {
                                restore(desk, told, entry)?;
                                n_restored += 1;
                            }
                            Some(Err(_)) => skipped.push(entry.id.to_string()),
                            None => {
                                // What came back before it goes back with the refusal.
                                tell.store(true, Ordering::Relaxed);
                                return refuse(Refusal::new(
                                    Code::Conflict,
                                    "a record or its schema is another by now",
                                ));
                            }
                        }
                    }
                    if !stride.has_more {
                        break;
                    }
                }
            }
            Ok(json!({ "restored": n_restored, "skipped": skipped }))
        });
        if is_outdated.load(Ordering::Relaxed) { Ok(Value::Null) } else { done }
    })?;
    let mut shown = json!({ "status": "ok", "restored": answer["restored"], "tags": tags });
    if answer["skipped"].as_array().is_some_and(|skipped| !skipped.is_empty()) {
        // Their key or name is another entry's by now, or their schema does not take them.
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

/// Records of the trash, held against the schemas that they are pinned to.
#[derive(Clone, Debug)]
struct Records {
    space: String,
    /// By a digest of the record as it was held.
    held: HashMap<EntryId, ([u8; 32], Result<Held, Refusal>)>,
    /// The schemas that were to come back with them.
    coming: HashSet<Name>,
}

impl Records {
    fn none(context: &Context) -> Self {
        Self { space: context.caller.space().to_owned(), held: HashMap::new(), coming: HashSet::new() }
    }

    /// Those that are chosen. Schemas that come back with them count as if they were there.
    fn of(service: &Awareness, context: &Context, choice: &Choice) -> Result<Self, Refusal> {
        let mut coming: HashMap<Name, Entry> = HashMap::new();
        each(service, context, choice, EntryType::Schema, |entry| {
            if let Some(name) = entry.facets().name {
                // Of several the first comes back.
                coming.entry(name).or_insert(entry);
            }
            Ok(())
        })?;
        let mut records = Self::none(context);
        records.coming = coming.keys().cloned().collect();
        each(service, context, choice, EntryType::Record, |entry| records.hold(service, context, &entry, &coming))?;
        Ok(records)
    }

    fn hold(
        &mut self,
        service: &Awareness,
        context: &Context,
        entry: &Entry,
        coming: &HashMap<Name, Entry>,
    ) -> Result<(), Refusal> {
        if entry.entry_type != EntryType::Record {
            return Ok(());
        }
        let (family, version) = pin_of(entry);
        let body = entry.data.get("content").unwrap_or(&Value::Null);
        let held = hold_beside(service, context, (&family, &version), body, |name| coming.get(name).cloned());
        if let Err(refusal) = &held
            && !matches!(refusal.code(), Code::SchemaNotFound | Code::ValidationFailed | Code::ValidationError)
        {
            return Err(refusal.clone());
        }
        self.held.insert(entry.id, (entry.digest(&self.space), held));
        Ok(())
    }

    /// Whether an entry may come back; nothing where that must be found out anew, since it or its schema is another by now.
    fn verdict(&self, desk: &mut dyn Desk, entry: &Entry) -> Result<Option<Result<(), Refusal>>, Halt> {
        if entry.entry_type != EntryType::Record {
            return Ok(Some(Ok(())));
        }
        let (family, version) = pin_of(entry);
        match self.held.get(&entry.id) {
            Some((digest, held)) if *digest == entry.digest(&self.space) => match held {
                Ok(held) if held.is_current(desk, &family, &version)? => Ok(Some(Ok(()))),
                Ok(_) => {
                    // A schema that could not come back, its key being another's by now, will not another time either.
                    let name = Name::schema(&family, &version);
                    let is_lost = self.coming.contains(&name) && desk.named_for_change(&name)?.is_none();
                    Ok(is_lost.then(|| Err(Refusal::new(Code::SchemaNotFound, "its schema did not come back"))))
                }
                Err(refusal) => Ok(Some(Err(refusal.clone()))),
            },
            _ => Ok(None),
        }
    }
}

/// Each entry of a type that is chosen, the last deleted first.
fn each(
    service: &Awareness,
    context: &Context,
    choice: &Choice,
    entry_type: EntryType,
    mut visit: impl FnMut(Entry) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let choice = Choice { types: vec![entry_type], ..choice.clone() };
    let mut after = None;
    loop {
        let wish = Wish { after, ..Wish::first(By::Deleted, STRIDE) };
        let stride = service.look(context, |shelf| shelf.page(&choice, &wish))?;
        after = stride.end(By::Deleted);
        stride.entries.into_iter().try_for_each(&mut visit)?;
        if !stride.has_more {
            return Ok(());
        }
    }
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
