//! `get_actions`: who did what, from the log.

use annals_store::awareness::{UsageKind, UsageWish};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may};
use super::usage::{told, wish};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::moment;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_actions",
    title: "Actions",
    description: "What was done because of entries.",
    hints: Hints::Reads,
    arguments: &[
        may("entry_id", Kind::Text),
        may("since", Kind::Text),
        may("platform", Kind::Text),
        may("tags", Kind::Texts),
        may("limit", Kind::Whole),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let wish = UsageWish {
        kind: Some(UsageKind::Action),
        tags: arguments.list("tags")?.unwrap_or_default(),
        ..wish(arguments)?
    };
    told(service, context, CARD.name, arguments, wish, |usage| {
        json!({
            "id": usage.id,
            "entry_id": usage.entry.to_string(),
            "timestamp": moment::written(usage.at),
            "platform": usage.platform,
            "action": usage.action,
            "detail": usage.detail,
            "tags": usage.tags,
        })
    })
}
