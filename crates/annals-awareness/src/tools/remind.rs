//! `remind`: keeping something to do.

use annals_store::awareness::EntryType;
use serde_json::Value;

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{LEARNED_FROM, data, done, put, refuse, related, tell_of_language};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::moment;
use crate::once::Once;
use crate::refusal::Refusal;
use annals_words::language_of;

pub(super) const CARD: ToolCard = ToolCard {
    name: "remind",
    title: "Remind",
    description: "Keep something to do; from deliver_at on it is in the briefing until acted on.",
    hints: Hints::Adds,
    arguments: &[
        needed("goal", Kind::Text),
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        may("deliver_at", Kind::Text).about("ISO 8601"),
        may("constraints", Kind::Text),
        may("urgency", Kind::Word(&["low", "normal", "high"])),
        may("recurrence", Kind::Text),
        may("learned_from", Kind::Text),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let goal = arguments.needed_text("goal")?;
    let source = arguments.needed_text("source")?;
    let tags = arguments.needed_list("tags")?;
    let words = [("low", "low"), ("normal", "normal"), ("high", "high")];
    let urgency = arguments.word("urgency", &words)?.unwrap_or("normal");
    let language = language_of(arguments.text("language")?.as_deref(), &goal);
    let text = goal.clone();
    let data = data([
        ("goal", Some(goal.into())),
        ("state", Some("pending".into())),
        ("deliver_at", Some(arguments.moment("deliver_at")?.map(moment::written).into())),
        ("constraints", Some(arguments.text("constraints")?.into())),
        ("urgency", Some(urgency.into())),
        ("recurrence", Some(arguments.text("recurrence")?.into())),
        ("learned_from", Some(arguments.text("learned_from")?.unwrap_or_else(|| LEARNED_FROM.to_owned()).into())),
        ("related_ids", related(arguments, None)?),
    ]);
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let made = context_of_entry.entry(EntryType::Intention, &source, desk.now());
        let mut entry = made.or_else(refuse)?;
        entry.tags.clone_from(&tags);
        entry.language = language.map(str::to_owned);
        entry.data.clone_from(&data);
        let entry = put(desk, told, entry)?;
        tell_of_language(desk, told, &context_of_entry, &entry, &text)?;
        let mut answer = done(&entry);
        answer["state"] = "pending".into();
        Ok(answer)
    })
}
