//! `delete_entry`: putting entries into the trash.

use annals_store::Error;
use annals_store::awareness::{Action, By, Choice, Desk, Entry, EntryId, EntryType, Shelf, Wish};
use serde_json::{Map, Value, json};

use super::card::{Hints, Kind, ToolCard, may};
use super::page::entry_type;
use super::writing::refuse;
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context, Halt, Told};
use crate::entry_json::TRASH_DAYS;
use crate::moment;
use crate::once::Once;
use crate::refusal::{Code, Refusal};

pub(super) const CARD: ToolCard = ToolCard {
    name: "delete_entry",
    title: "Delete entries",
    description: "To the trash for 30 days: one by id, or many by tags or source with confirm.",
    hints: Hints::Destroys,
    arguments: &[
        may("source", Kind::Text),
        may("entry_type", Kind::Text),
        may("entry_id", Kind::Text),
        may("tags", Kind::Texts),
        may("confirm", Kind::Flag).about("else a dry run"),
        may("idempotency_key", Kind::Text),
    ],
};

/// How many records in the way are named.
const MOST_BLOCKERS: usize = 10;

/// How many entries are put into the trash between two looks for more.
const STRIDE: u64 = 500;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let id = arguments.text("entry_id")?.filter(|id| !id.is_empty());
    let tags = arguments.list("tags")?.filter(|tags| !tags.is_empty());
    let source = arguments.text("source")?.filter(|source| !source.is_empty());
    let entry_type = entry_type(arguments)?;
    let is_confirmed = arguments.flag("confirm")?.unwrap_or(false);
    let once = Once::of(arguments, context, CARD.name)?;
    if let Some(id) = id {
        return one(service, context, once, &id);
    }
    let mut choice = Choice::default();
    let mut named = Map::new();
    if let Some(tags) = tags {
        named.insert("tags".to_owned(), tags.clone().into());
        choice.tags = tags;
    } else if let Some(source) = source {
        named.insert("source".to_owned(), source.as_str().into());
        named.insert("entry_type".to_owned(), entry_type.map(EntryType::as_str).into());
        choice.source = Some(source);
        choice.types = entry_type.into_iter().collect();
    } else {
        let message = "nothing to delete was named (hint: give `entry_id`, `tags` or `source`)";
        return Err(Refusal::parameter("entry_id", message));
    }
    if is_confirmed { many(service, context, once, choice, named) } else { rehearsal(service, context, &choice, named) }
}

/// One entry. The answer is the same whether or not it is there, so that nobody learns which ids are.
fn one(service: &Awareness, context: &Context, once: Option<Once>, text: &str) -> Result<Value, Refusal> {
    if let Ok(id) = text.trim().parse::<EntryId>() {
        service.change_once(context, CARD.name, once, move |desk, told| {
            let Some(entry) = desk.entry_for_change(id)?.filter(|entry| entry.deleted.is_none()) else {
                return Ok(Value::Null);
            };
            unused(desk, &entry)?;
            trash(desk, told, entry)?;
            Ok(json!(1))
        })?;
    }
    Ok(json!({
        "status": "acknowledged",
        "entry_id": text,
        "recoverable_days": TRASH_DAYS,
        "note": "if there was such an entry, it is in the trash now",
    }))
}

/// How many it would be, or why it would be none.
fn rehearsal(
    service: &Awareness,
    context: &Context,
    choice: &Choice,
    mut answer: Map<String, Value>,
) -> Result<Value, Refusal> {
    let (n_chosen, refusal) = service.look(context, |shelf| Ok((shelf.count(choice)?, any_in_use(shelf, choice)?)))?;
    service.record_reading(context, CARD.name, &answer, &[])?;
    answer.insert("status".to_owned(), "dry_run".into());
    answer.insert("would_trash".to_owned(), if refusal.is_some() { 0 } else { n_chosen }.into());
    let message = match &refusal {
        Some(refusal) => {
            format!("none would go to the trash, since confirm=true would be refused: {}", refusal.message())
        }
        None => format!("{n_chosen} would go to the trash; call again with confirm=true"),
    };
    answer.insert("message".to_owned(), message.into());
    if let Some(refusal) = refusal {
        answer.insert("would_refuse".to_owned(), refusal.to_json()["error"].take());
    }
    Ok(answer.into())
}

/// All of a choice. Schemas go last: their records may be among the others.
fn many(
    service: &Awareness,
    context: &Context,
    once: Option<Once>,
    choice: Choice,
    mut answer: Map<String, Value>,
) -> Result<Value, Refusal> {
    let n_trashed = service.change_once(context, CARD.name, once, move |desk, told| {
        let of_types = |types: Vec<EntryType>| Choice { types, ..choice.clone() };
        let (schemas, others): (Vec<_>, Vec<_>) = EntryType::ALL
            .into_iter()
            .filter(|entry_type| choice.types.is_empty() || choice.types.contains(entry_type))
            .partition(|entry_type| *entry_type == EntryType::Schema);
        let mut n_trashed = 0_u64;
        for types in [others, schemas].into_iter().filter(|types| !types.is_empty()) {
            let choice = of_types(types);
            let mut after = None;
            loop {
                let stride = desk.page(&choice, &Wish { after, ..Wish::first(By::CreatedFirst, STRIDE) })?;
                after = stride.end(By::CreatedFirst);
                for found in &stride.entries {
                    let Some(entry) = desk.entry_for_change(found.id)?.filter(|entry| choice.fits(entry, desk.now()))
                    else {
                        continue;
                    };
                    unused(desk, &entry)?;
                    trash(desk, told, entry)?;
                    n_trashed += 1;
                }
                if !stride.has_more {
                    break;
                }
            }
        }
        Ok(n_trashed.into())
    })?;
    answer.insert("status".to_owned(), "ok".into());
    answer.insert("trashed".to_owned(), n_trashed);
    answer.insert("recoverable_days".to_owned(), TRASH_DAYS.into());
    Ok(answer.into())
}

fn trash(desk: &mut dyn Desk, told: &mut Told, mut entry: Entry) -> Result<(), Halt> {
    entry.deleted = Some(moment::kept(desk.now()));
    let entry = desk.replace(entry, None, None)?;
    told.change(Action::Trashed, &entry);
    Ok(())
}

/// Refuses for a schema that live records are pinned to.
fn unused(desk: &mut dyn Desk, entry: &Entry) -> Result<(), Halt> {
    match in_use(desk, entry, None)? {
        Some(refusal) => refuse(refusal),
        None => Ok(()),
    }
}

/// The refusal of the first schema of a choice that records would still be pinned to, once the choice's own are gone.
fn any_in_use(shelf: &mut dyn Shelf, choice: &Choice) -> Result<Option<Refusal>, Error> {
    if !choice.types.is_empty() && !choice.types.contains(&EntryType::Schema) {
        return Ok(None);
    }
    let schemas = Choice { types: vec![EntryType::Schema], ..choice.clone() };
    let mut after = None;
    loop {
        let stride = shelf.page(&schemas, &Wish { after, ..Wish::first(By::CreatedFirst, STRIDE) })?;
        after = stride.end(By::CreatedFirst);
        for schema in &stride.entries {
            if let Some(refusal) = in_use(shelf, schema, Some(choice))? {
                return Ok(Some(refusal));
            }
        }
        if !stride.has_more {
            return Ok(None);
        }
    }
}

/// Why a schema can't go: live records are pinned to it, other than those of the choice that would go before it.
fn in_use(shelf: &mut dyn Shelf, entry: &Entry, going: Option<&Choice>) -> Result<Option<Refusal>, Error> {
    let Some(name) = entry.facets().name.filter(|_| entry.entry_type == EntryType::Schema) else { return Ok(None) };
    let pinned = Choice { schema: Some(name), ..Choice::of([EntryType::Record]) };
    let going = going.filter(|going| going.types.is_empty() || going.types.contains(&EntryType::Record));
    let n_going = match going {
        Some(going) => {
            shelf.count(&Choice { types: vec![EntryType::Record], schema: pinned.schema.clone(), ..going.clone() })?
        }
        None => 0,
    };
    let n_staying = shelf.count(&pinned)?.saturating_sub(n_going);
    if n_staying == 0 {
        return Ok(None);
    }
    let (now, mut records, mut after) = (shelf.now(), Vec::new(), None);
    while records.len() < MOST_BLOCKERS {
        let page = shelf.page(&pinned, &Wish { after, ..Wish::first(By::CreatedFirst, STRIDE) })?;
        after = page.end(By::CreatedFirst);
        let staying = page.entries.iter().filter(|record| going.is_none_or(|going| !going.fits(record, now)));
        records.extend(staying.take(MOST_BLOCKERS - records.len()).map(|record| record.id.to_string()));
        if !page.has_more {
            break;
        }
    }
    let message = "live records are pinned to this schema (hint: delete them first)";
    let refusal = Refusal::new(Code::SchemaInUse, message).with("entry_id", entry.id.to_string());
    Ok(Some(refusal.with("referencing_records", records).with("total_count", n_staying)))
}
