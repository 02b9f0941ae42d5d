//! `report_status`: what a source says of itself.
//!
//! Each report is an entry of its own, so that one that nobody has read yet is told as unread. It takes the place of the one before in the same change, which is gone for good then; who read or acted
//! on that one stays in the log.

use annals_store::awareness::{Action, EntryType, Name};
use serde_json::Value;

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{data, done, put, refuse, related};
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
        let made = context_of_entry.entry(EntryType::Status, &source, desk.now());
        let mut entry = made.or_else(refuse)?;
        entry.tags.clone_from(&tags);
        entry.data.clone_from(&data);
        if let Some(before) = desk.named_for_change(&Name::status(&source))? {
            // So that of two the later can be told by when they were made.
            entry.created = later(&before, desk.now());
            desk.purge(before.id)?;
            told.change(Action::Purged, &before);
        }
        let mut answer = done(&put(desk, told, entry)?);
        answer["source"] = source.as_str().into();
        Ok(answer)
    })
}
