//! `get_activity`: reading and acting in one list, from the log.

use annals_store::awareness::UsageKind;
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may};
use super::usage::{told, wish};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::moment;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_activity",
    title: "Activity",
    description: "Reads and actions, newest first.",
    hints: Hints::Reads,
    arguments: &[
        may("since", Kind::Text),
        may("platform", Kind::Text),
        may("limit", Kind::Whole),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    told(service, context, CARD.name, arguments, wish(arguments)?, |usage| {
        // Of a reading, the tool stands where an action has its detail.
        let (event_type, action, detail) = match usage.kind {
            UsageKind::Read => ("read", Value::Null, Value::from(usage.tool.as_str())),
            UsageKind::Action => ("action", usage.action.as_str().into(), usage.detail.clone().into()),
        };
        json!({
            "event_type": event_type,
            "entry_id": usage.entry.to_string(),
            "timestamp": moment::written(usage.at),
            "platform": usage.platform,
            "action": action,
            "detail": detail,
            "tags": usage.tags,
        })
    })
}
