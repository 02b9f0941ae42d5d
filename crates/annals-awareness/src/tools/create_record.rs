//! `create_record`: content that follows a schema.

use annals_store::awareness::{Entry, EntryType, Name, Shelf};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{LEARNED_FROM, key, put, refuse, related, replace};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context, Halt};
use crate::changes::{Wished, expect_unchanged};
use crate::refusal::{Code, Refusal};
use crate::schema::record_data;
use crate::text::language_of;

pub(super) const CARD: ToolCard = ToolCard {
    name: "create_record",
    title: "Create a record",
    description: "Keep content that its schema accepts; updated under the same logical_key.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text),
        needed("logical_key", Kind::Text),
        needed("schema_ref", Kind::Text).about("family"),
        needed("schema_version", Kind::Text),
        needed("content", Kind::Any),
        may("learned_from", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("expected_updated", Kind::Text),
        may("idempotency_key", Kind::Text),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let source = arguments.needed_text("source")?;
    let tags = arguments.needed_list("tags")?;
    let description = arguments.needed_text("description")?;
    let logical_key = arguments.telling_text("logical_key")?;
    let family = arguments.telling_text("schema_ref")?;
    let version = arguments.telling_text("schema_version")?;
    let body = arguments.structured("content").ok_or_else(|| Refusal::missing("content"))?;
    let learned_from = arguments.text("learned_from")?.unwrap_or_else(|| LEARNED_FROM.to_owned());
    let expected = arguments.moment("expected_updated")?;
    let related = related(arguments, None)?;
    let key = key(arguments)?;
    let language = language_of(arguments.text("language")?.as_deref(), &description);

    let (service_of_work, context_of_entry) = (service.clone(), context.clone());
    service.change(context, CARD.name, move |desk, told| {
        let there = desk.keyed_for_change(&source, &logical_key)?;
        if let Some(entry) = there.as_ref().filter(|entry| entry.entry_type != EntryType::Record) {
            let message = format!("this key is taken by a {}", entry.entry_type);
            return refuse(Refusal::parameter("logical_key", message));
        }
        holds(&service_of_work, desk, &context_of_entry, (&family, &version), &body)?;
        let Some(mut entry) = there else {
            let made = context_of_entry.entry(CARD.name, key.as_deref(), EntryType::Record, &source, desk.now());
            let mut entry = made.or_else(refuse)?;
            entry.tags.clone_from(&tags);
            entry.logical_key = Some(logical_key.clone());
            entry.language = language.map(str::to_owned);
            entry.data = record_data(&family, &version, body.clone(), &description, &learned_from);
            entry.data.extend(related.clone().map(|related| ("related_ids".to_owned(), related)));
            let entry = put(desk, told, entry)?;
            return Ok(json!({ "status": "ok", "id": entry.id.to_string(), "action": "created" }));
        };
        expect_unchanged(&entry, expected).or_else(refuse)?;
        // The pin follows the version that the content was held against.
        let wished = Wished { tags: Some(tags.clone()), ..Wished::default() }
            .with("description", Some(description.as_str()))
            .with("content", Some(body.clone()))
            .with("schema_ref", Some(family.as_str()))
            .with("schema_version", Some(version.as_str()))
            .with("related_ids", related.clone());
        if let Some(change) = wished.apply(&mut entry, desk.now()) {
            entry = replace(desk, told, entry, Some(&change))?;
        }
        Ok(json!({ "status": "ok", "id": entry.id.to_string(), "action": "updated" }))
    })
}

/// Whether content satisfies the schema that a record is pinned to.
pub(super) fn satisfies<S: Shelf + ?Sized>(
    service: &Awareness,
    context: &Context,
    shelf: &mut S,
    record: &Entry,
    body: &Value,
) -> Result<(), Halt> {
    let pin = (record.text("schema_ref").unwrap_or_default(), record.text("schema_version").unwrap_or_default());
    holds(service, shelf, context, pin, body)
}

fn holds<S: Shelf + ?Sized>(
    service: &Awareness,
    shelf: &mut S,
    context: &Context,
    (family, version): (&str, &str),
    body: &Value,
) -> Result<(), Halt> {
    let found = shelf.named(&Name::schema(family, version))?;
    let schema = found.as_ref().and_then(|entry| entry.data.get("schema"));
    let Some(schema) = schema else {
        let message = format!("no schema `{family}:{version}` (hint: `register_schema` makes it)");
        let refusal = Refusal::new(Code::SchemaNotFound, message)
            .at("schema_ref")
            .with("schema_ref", family)
            .with("schema_version", version)
            .with("searched_owners", vec![context.caller.space(), "_system"]);
        return refuse(refusal);
    };
    service.schemas().validate(schema, body, family, version).or_else(refuse)
}
