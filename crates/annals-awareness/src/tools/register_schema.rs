//! `register_schema`: a schema that records follow.

use annals_store::awareness::{EntryType, Name};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{LEARNED_FROM, data, put, refuse, related, tell_of_language};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::once::Once;
use crate::refusal::{Code, Refusal};
use crate::schema;
use annals_words::language_of;

pub(super) const CARD: ToolCard = ToolCard {
    name: "register_schema",
    title: "Register a schema",
    description: "Register a JSON Schema (2020-12) as family:version, for good.",
    hints: Hints::Adds,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text),
        needed("family", Kind::Text),
        needed("version", Kind::Text),
        needed("schema", Kind::Object),
        may("learned_from", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let source = arguments.needed_text("source")?;
    let tags = arguments.needed_list("tags")?;
    let description = arguments.needed_text("description")?;
    let family = arguments.telling_text("family")?;
    let version = arguments.telling_text("version")?;
    let given = Value::Object(arguments.needed_object("schema")?);
    schema::check(&given)?;
    let language = language_of(arguments.text("language")?.as_deref(), &description);
    let text = description.clone();
    let logical_key = format!("{family}:{version}");
    let data = data([
        ("family", Some(family.as_str().into())),
        ("version", Some(version.as_str().into())),
        ("schema", Some(given)),
        ("description", Some(description.into())),
        ("learned_from", Some(arguments.text("learned_from")?.unwrap_or_else(|| LEARNED_FROM.to_owned()).into())),
        ("related_ids", related(arguments, None)?),
    ]);
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let made = context_of_entry.entry(EntryType::Schema, &source, desk.now());
        let mut entry = made.or_else(refuse)?;
        // Unique in the whole space, whatever the source; and the key is the schema's in its source.
        let there = match desk.named_for_change(&Name::schema(&family, &version))? {
            Some(there) => Some(there),
            None => desk.keyed_for_change(&source, &logical_key)?,
        };
        if let Some(there) = there {
            let refusal = Refusal::new(Code::SchemaAlreadyExists, format!("`{logical_key}` is taken"));
            let existing = there.id.to_string();
            return refuse(refusal.with("logical_key", logical_key.as_str()).with("existing_id", existing));
        }
        entry.tags.clone_from(&tags);
        entry.language = language.map(str::to_owned);
        entry.logical_key = Some(logical_key.clone());
        entry.data.clone_from(&data);
        let entry = put(desk, told, entry)?;
        tell_of_language(desk, told, &context_of_entry, &entry, &text)?;
        Ok(json!({ "status": "ok", "id": entry.id.to_string(), "logical_key": logical_key }))
    })
}
