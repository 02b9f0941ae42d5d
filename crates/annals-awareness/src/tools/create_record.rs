//! `create_record`: content that follows a schema.

use annals_store::awareness::EntryType;
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::pinned::{hold, settled};
use super::writing::{LEARNED_FROM, put, refuse, related, replace, tell_of_language};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::changes::{Wished, expect_absent, expect_unchanged};
use crate::once::Once;
use crate::refusal::Refusal;
use crate::schema::record_data;
use annals_words::language_of;

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
    let body = arguments.needed_any("content")?;
    let learned_from = arguments.text("learned_from")?.unwrap_or_else(|| LEARNED_FROM.to_owned());
    let expected = arguments.moment("expected_updated")?;
    let related = related(arguments, None)?;
    let once = Once::of(arguments, context, CARD.name)?;
    let language = language_of(arguments.text("language")?.as_deref(), &description);

    let pin = (family, version);
    settled(|| {
        let held = hold(service, context, (&pin.0, &pin.1), &body);
        let (context_of_entry, pin, body, text) = (context.clone(), pin.clone(), body.clone(), description.clone());
        let (source, tags, logical_key) = (source.clone(), tags.clone(), logical_key.clone());
        let (learned_from, related) = (learned_from.clone(), related.clone());
        service.change_once(context, CARD.name, once, move |desk, told| {
            let there = desk.keyed_for_change(&source, &logical_key)?;
            if let Some(entry) = there.as_ref().filter(|entry| entry.entry_type != EntryType::Record) {
                let message = format!("this key is taken by a {}", entry.entry_type);
                return refuse(Refusal::parameter("logical_key", message));
            }
            let (family, version) = (pin.0.as_str(), pin.1.as_str());
            let held = held.clone().or_else(refuse)?;
            if !held.is_current(desk, family, version)? {
                return Ok(Value::Null);
            }
            let Some(mut entry) = there else {
                expect_absent(expected).or_else(refuse)?;
                let made = context_of_entry.entry(EntryType::Record, &source, desk.now());
                let mut entry = made.or_else(refuse)?;
                entry.tags.clone_from(&tags);
                entry.logical_key = Some(logical_key.clone());
                entry.language = language.map(str::to_owned);
                entry.data = record_data(family, version, body.clone(), &text, &learned_from);
                entry.data.extend(related.clone().map(|related| ("related_ids".to_owned(), related)));
                let entry = put(desk, told, entry)?;
                tell_of_language(desk, told, &context_of_entry, &entry, &text)?;
                return Ok(json!({ "status": "ok", "id": entry.id.to_string(), "action": "created" }));
            };
            expect_unchanged(&entry, expected).or_else(refuse)?;
            // The pin follows the version that the content was held against.
            let wished = Wished { tags: Some(tags.clone()), ..Wished::default() }
                .with("description", Some(text.as_str()))
                .with("content", Some(body.clone()))
                .with("schema_ref", Some(family))
                .with("schema_version", Some(version))
                .with("related_ids", related.clone());
            if let Some(change) = wished.apply(&mut entry, desk.now()) {
                entry = replace(desk, told, entry, Some(&change))?;
            }
            Ok(json!({ "status": "ok", "id": entry.id.to_string(), "action": "updated" }))
        })
    })
}
