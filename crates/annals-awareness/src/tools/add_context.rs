//! `add_context`: what holds for some days.

use annals_event::Timestamp;
use annals_store::awareness::EntryType;
use serde_json::Value;

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{MOST_NANOS, data, done, put, refuse, related, tell_of_language};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::moment;
use crate::once::Once;
use crate::refusal::Refusal;
use annals_words::language_of;

pub(super) const CARD: ToolCard = ToolCard {
    name: "add_context",
    title: "Add context",
    description: "Keep what holds for some days.",
    hints: Hints::Adds,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("description", Kind::Text),
        may("expires_days", Kind::Whole).about("30"),
        may("language", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};

/// How long a context holds where nobody says, in days.
const DAYS: i64 = 30;

const NANOS_A_DAY: i64 = 86_400_000_000_000;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let source = arguments.needed_text("source")?;
    let tags = arguments.needed_list("tags")?;
    let description = arguments.needed_text("description")?;
    let days = arguments.whole("expires_days", 1)?.unwrap_or(DAYS);
    let language = language_of(arguments.text("language")?.as_deref(), &description);
    let text = description.clone();
    let data = data([("description", Some(description.into())), ("related_ids", related(arguments, None)?)]);
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let made = context_of_entry.entry(EntryType::Context, &source, desk.now());
        let mut entry = made.or_else(refuse)?;
        let end = entry.created.as_nanos().saturating_add(days.saturating_mul(NANOS_A_DAY)).min(MOST_NANOS);
        entry.expires = Some(Timestamp::from_nanos(end));
        entry.tags.clone_from(&tags);
        entry.language = language.map(str::to_owned);
        entry.data.clone_from(&data);
        let entry = put(desk, told, entry)?;
        tell_of_language(desk, told, &context_of_entry, &entry, &text)?;
        let mut answer = done(&entry);
        answer["expires"] = entry.expires.map(moment::written).into();
        Ok(answer)
    })
}
