//! `report_status`: what a source says of itself.

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
    name: "report_status",
    title: "Report status",
    description: "Replace the status of a source. It is stale after ttl_sec.",
    hints: Hints::Sets,
    arguments: &[
        needed("source", Kind::Text),
        needed("tags", Kind::Texts),
        needed("metrics", Kind::Object),
        may("inventory", Kind::Object),
        may("ttl_sec", Kind::Whole).about("120"),
        may("related_ids", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};

/// How long a status holds where its source does not say, in seconds.
const TTL_SEC: i64 = 120;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let source = arguments.needed_text("source")?;
    let tags = arguments.needed_list("tags")?;
    let metrics = arguments.needed_object("metrics")?;
    let inventory = arguments.object("inventory")?.filter(|inventory| !inventory.is_empty());
    let ttl = arguments.whole("ttl_sec", 0)?.unwrap_or(TTL_SEC);
    let data = data([
        ("metrics", Some(metrics.into())),
        ("inventory", inventory.map(Value::from)),
        ("ttl_sec", Some(ttl.into())),
        ("related_ids", related(arguments, None)?),
    ]);
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let there = desk.named_for_change(&Name::status(&source))?;
        let entry = if let Some(mut entry) = there {
            // The place of a source's status stays one entry; what it said before is in no history.
            entry.tags.clone_from(&tags);
            entry.data.clone_from(&data);
            entry.updated = Some(later(&entry, desk.now()));
            replace(desk, told, entry, None)?
        } else {
            let made = context_of_entry.entry(EntryType::Status, &source, desk.now());
            let mut entry = made.or_else(refuse)?;
            entry.tags.clone_from(&tags);
            entry.data.clone_from(&data);
            put(desk, told, entry)?
        };
        Ok(json!({ "status": "ok", "id": entry.id.to_string(), "source": source }))
    })
}
