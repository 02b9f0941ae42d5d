//! `learn_pattern`: how things usually are.

use annals_store::awareness::EntryType;
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{LEARNED_FROM, data, done, put, refuse, related, tell_of_language};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::once::Once;
use crate::refusal::Refusal;
use annals_words::language_of;

pub(super) const CARD: ToolCard = ToolCard {
    name: "learn_pattern",
    title: "Learn a pattern",
    description: "Keep how things usually are. An alert is hidden if the conditions hold and effect shares two words with it or conditions.match names it; a critical one only with conditions.hides_critical.",
    hints: Hints::Adds,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text),
        may("conditions", Kind::Object).about("day_of_week, hour_range, match, hides_critical"),
        may("effect", Kind::Text),
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
    let effect = arguments.text("effect")?.unwrap_or_default();
    let text = format!("{description}\n{effect}");
    let language = language_of(arguments.text("language")?.as_deref(), &text);
    let data = data([
        ("description", Some(description.into())),
        ("conditions", Some(arguments.object("conditions")?.map_or_else(|| json!({}), Value::from))),
        ("effect", Some(effect.into())),
        ("learned_from", Some(arguments.text("learned_from")?.unwrap_or_else(|| LEARNED_FROM.to_owned()).into())),
        ("related_ids", related(arguments, None)?),
    ]);
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let made = context_of_entry.entry(EntryType::Pattern, &source, desk.now());
        let mut entry = made.or_else(refuse)?;
        entry.tags.clone_from(&tags);
        entry.language = language.map(str::to_owned);
        entry.data.clone_from(&data);
        let entry = put(desk, told, entry)?;
        tell_of_language(desk, told, &context_of_entry, &entry, &text)?;
        Ok(done(&entry))
    })
}
