//! `acted_on`: recording what was done about an entry.

use annals_store::awareness::{Act, EntryType, UsageKind, UsageWish};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::replace;
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::changes::Wished;
use crate::moment;
use crate::once::Once;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "acted_on",
    title: "Acted on",
    description: "Record what was done because of an entry; a fired reminder is active then.",
    hints: Hints::Adds,
    arguments: &[
        needed("entry_id", Kind::Text),
        needed("action", Kind::Text),
        may("platform", Kind::Text),
        may("detail", Kind::Text),
        may("tags", Kind::Texts),
        may("idempotency_key", Kind::Text),
    ],
};

/// Among how many of an entry's newest actions the one just recorded is looked for.
const NEWEST: u64 = 100;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let text = arguments.needed_text("entry_id")?;
    let action = arguments.telling_text("action")?;
    let platform = arguments.text("platform")?.or_else(|| context.platform().map(str::to_owned));
    let detail = arguments.text("detail")?;
    let tags = arguments.list("tags")?;
    let once = Once::of(arguments, context, CARD.name)?;
    // The contract has no error here, but an answer that says so.
    let missing = || {
        let message = format!("Entry not found: {}", annals_ask::shortened(&text));
        Ok(json!({ "status": "error", "message": message }))
    };
    let Ok(id) = text.trim().parse() else { return missing() };
    let (acted, said, client) = (action.clone(), detail.clone(), platform.clone());
    let tags = service.change_once(context, CARD.name, once, move |desk, told| {
        let Some(mut entry) = desk.entry_for_change(id)?.filter(|entry| entry.is_live(desk.now())) else {
            return Ok(Value::Null);
        };
        let tags = tags.clone().unwrap_or_else(|| entry.tags.clone());
        let (detail, platform) = (said.as_deref(), client.as_deref());
        told.act(&Act { entry: id, action: &acted, detail, tags: &tags, platform });
        // A reminder is shown until somebody acts on it.
        if entry.entry_type == EntryType::Intention && entry.text("state") == Some("fired") {
            let wished = Wished::default().with("state", Some("active")).with("state_reason", Some(acted.as_str()));
            if let Some(change) = wished.apply(&mut entry, desk.now()) {
                replace(desk, told, entry, Some(&change))?;
            }
        }
        Ok(tags.into())
    })?;
    if tags.is_null() {
        return missing();
    }
    // Its number is its place in the log, which it has since the change is made.
    let wish = UsageWish { kind: Some(UsageKind::Action), entry: Some(id), limit: NEWEST, ..UsageWish::default() };
    let newest = service.look(context, |shelf| shelf.usage(&wish))?;
    let is_it = |usage: &&annals_store::awareness::Usage| {
        usage.action == action
            && usage.detail == detail
            && usage.platform == platform
            && Value::from(usage.tags.as_slice()) == tags
    };
    let recorded = newest.iter().find(is_it).or(newest.first());
    Ok(json!({
        "status": "ok",
        "id": recorded.map(|usage| usage.id),
        "entry_id": id.to_string(),
        "action": action,
        "timestamp": recorded.map(|usage| moment::written(usage.at)),
    }))
}
