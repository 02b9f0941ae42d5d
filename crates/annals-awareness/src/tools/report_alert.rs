//! `report_alert`: raising, changing and resolving an alert.

use annals_store::awareness::{EntryType, Name};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{data, put, refuse, related, replace};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::changes::later;
use crate::once::Once;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "report_alert",
    title: "Report an alert",
    description: "Raise, change or resolve the alert alert_id of a source.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("alert_id", Kind::Text),
        needed("level", Kind::Word(&["warning", "critical"])),
        needed("alert_type", Kind::Word(&["threshold", "structural", "baseline"])),
        needed("message", Kind::Text),
        may("details", Kind::Object),
        may("diagnostics", Kind::Object),
        may("resolved", Kind::Flag),
        may("metric", Kind::Text).about("what suppressions name"),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let source = arguments.needed_text("source")?;
    let tags = arguments.needed_list("tags")?;
    let alert_id = arguments.needed_text("alert_id")?;
    let level = arguments.word("level", &[("warning", "warning"), ("critical", "critical")])?;
    let words = [("threshold", "threshold"), ("structural", "structural"), ("baseline", "baseline")];
    let alert_type = arguments.word("alert_type", &words)?;
    let is_resolved = arguments.flag("resolved")?.unwrap_or(false);
    let told_now = data([
        ("alert_id", Some(alert_id.as_str().into())),
        ("level", Some(level.ok_or_else(|| Refusal::missing("level"))?.into())),
        ("alert_type", Some(alert_type.ok_or_else(|| Refusal::missing("alert_type"))?.into())),
        ("message", Some(arguments.needed_text("message")?.into())),
        ("resolved", Some(is_resolved.into())),
        ("details", arguments.object("details")?.map(Value::from)),
        ("diagnostics", arguments.object("diagnostics")?.map(Value::from)),
        ("metric", arguments.text("metric")?.map(Value::from)),
        ("related_ids", related(arguments, None)?),
    ]);
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let there = desk.named_for_change(&Name::alert(&source, &alert_id))?;
        let entry = if let Some(mut entry) = there {
            entry.tags.clone_from(&tags);
            // What is not told again stays as it was told.
            entry.data.extend(told_now.clone());
            entry.updated = Some(later(&entry, desk.now()));
            replace(desk, told, entry, None)?
        } else {
            let made = context_of_entry.entry(EntryType::Alert, &source, desk.now());
            let mut entry = made.or_else(refuse)?;
            entry.tags.clone_from(&tags);
            entry.data.clone_from(&told_now);
            put(desk, told, entry)?
        };
        let action = if is_resolved { "resolved" } else { "reported" };
        Ok(json!({ "status": "ok", "id": entry.id.to_string(), "action": action, "alert_id": alert_id }))
    })
}
