//! `remember`: keeping a note, under a key or not.

use annals_store::awareness::EntryType;
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{LEARNED_FROM, data, put, refuse, related, replace, tell_of_language};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::changes::{Wished, content_text, expect_absent, expect_unchanged};
use crate::once::Once;
use crate::refusal::{Code, Refusal};
use annals_words::language_of;

pub(super) const CARD: ToolCard = ToolCard {
    name: "remember",
    title: "Remember",
    description: "Keep a note for good. With a logical_key the same note is updated next time.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text).about("one line"),
        may("content", Kind::Content),
        may("content_type", Kind::Text).about("text/plain"),
        may("learned_from", Kind::Text),
        may("logical_key", Kind::Text),
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
    let body = arguments.any("content").map(|body| content_text(&body));
    let content_type = arguments.text("content_type")?.unwrap_or_else(|| "text/plain".to_owned());
    let content_type = body.is_some().then_some(content_type);
    let learned_from = arguments.text("learned_from")?.unwrap_or_else(|| LEARNED_FROM.to_owned());
    // An empty key names nothing.
    let logical_key = arguments.text("logical_key")?.filter(|key| !key.is_empty());
    let expected = arguments.moment("expected_updated")?;
    let related = related(arguments, None)?;
    let once = Once::of(arguments, context, CARD.name)?;
    let named = arguments.text("language")?;
    let text = format!("{description}\n{}", body.as_deref().unwrap_or_default());
    let language = language_of(named.as_deref(), &text);

    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let there = match &logical_key {
            Some(logical_key) => desk.keyed_for_change(&source, logical_key)?,
            None => None,
        };
        let Some(mut entry) = there else {
            // Without a key it is a new note, whatever is expected.
            expect_absent(expected.filter(|_| logical_key.is_some())).or_else(refuse)?;
            let made = context_of_entry.entry(EntryType::Note, &source, desk.now());
            let mut entry = made.or_else(refuse)?;
            entry.tags.clone_from(&tags);
            entry.logical_key.clone_from(&logical_key);
            entry.language = language.map(str::to_owned);
            entry.data = data([
                ("description", Some(description.as_str().into())),
                ("content", body.as_deref().map(Value::from)),
                ("content_type", content_type.as_deref().map(Value::from)),
                ("learned_from", Some(learned_from.as_str().into())),
                ("related_ids", related.clone()),
            ]);
            let entry = put(desk, told, entry)?;
            tell_of_language(desk, told, &context_of_entry, &entry, &text)?;
            let mut answer = super::writing::done(&entry);
            if logical_key.is_some() {
                answer["action"] = "created".into();
            }
            return Ok(answer);
        };
        match entry.entry_type {
            EntryType::Schema => {
                return refuse(
                    Refusal::new(
                        Code::SchemaImmutable,
                        "this key is a schema's, and a registered schema is not changed",
                    )
                    .at("logical_key"),
                );
            }
            EntryType::Record => {
                return refuse(Refusal::parameter(
                    "logical_key",
                    "this key is a record's; `create_record` holds it against its schema",
                ));
            }
            _ => {}
        }
        expect_unchanged(&entry, expected).or_else(refuse)?;
        let wished = Wished { tags: Some(tags.clone()), ..Wished::default() }
            .with("description", Some(description.as_str()))
            .with("content", body.as_deref())
            .with("content_type", content_type.as_deref())
            .with("related_ids", related.clone());
        if let Some(change) = wished.apply(&mut entry, desk.now()) {
            entry = replace(desk, told, entry, Some(&change))?;
        }
        Ok(json!({ "status": "ok", "id": entry.id.to_string(), "action": "updated" }))
    })
}
