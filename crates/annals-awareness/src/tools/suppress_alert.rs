//! `suppress_alert`: hiding alerts for a while.

use annals_event::Timestamp;
use annals_store::awareness::EntryType;
use serde_json::Value;

use super::card::{Hints, Kind, ToolCard, may};
use super::writing::{MOST_NANOS, data, done, put, refuse, related};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::moment;
use crate::once::Once;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "suppress_alert",
    title: "Suppress alerts",
    description: "Hide alerts for a while: of a source, with a tag, of a metric. Without any: all.",
    hints: Hints::Adds,
    arguments: &[
        may("source", Kind::Text),
        may("tags", Kind::Texts),
        may("metric", Kind::Text),
        may("level", Kind::Word(&["warning", "critical"])),
        may("duration_minutes", Kind::Whole).about("60"),
        may("escalation_override", Kind::Flag).about("worse ones come through"),
        may("reason", Kind::Text),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};

/// How long alerts are hidden where nobody says, in minutes.
const MINUTES: i64 = 60;

const NANOS_A_MINUTE: i64 = 60_000_000_000;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    // No source is every source.
    let source = arguments.text("source")?.unwrap_or_default();
    let tags = arguments.list("tags")?.unwrap_or_default();
    let level = arguments.word("level", &[("warning", "warning"), ("critical", "critical")])?.unwrap_or("warning");
    let minutes = arguments.whole("duration_minutes", 1)?.unwrap_or(MINUTES);
    let data = data([
        ("metric", Some(arguments.text("metric")?.into())),
        ("suppress_level", Some(level.into())),
        ("escalation_override", Some(arguments.flag("escalation_override")?.unwrap_or(true).into())),
        ("reason", Some(arguments.text("reason")?.unwrap_or_default().into())),
        ("related_ids", related(arguments, None)?),
    ]);
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let made = context_of_entry.entry(EntryType::Suppression, &source, desk.now());
        let mut entry = made.or_else(refuse)?;
        let end = entry.created.as_nanos().saturating_add(minutes.saturating_mul(NANOS_A_MINUTE)).min(MOST_NANOS);
        entry.expires = Some(Timestamp::from_nanos(end));
        entry.tags.clone_from(&tags);
        entry.data.clone_from(&data);
        let entry = put(desk, told, entry)?;
        let mut answer = done(&entry);
        answer["expires"] = entry.expires.map(moment::written).into();
        Ok(answer)
    })
}
