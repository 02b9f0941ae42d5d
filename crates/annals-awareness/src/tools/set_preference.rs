//! `set_preference`: a wish under a key.

use annals_store::awareness::{EntryType, Name};
use serde_json::{Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{data, put, refuse, related, replace};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::changes::{Wished, expect_absent, expect_unchanged};
use crate::once::Once;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "set_preference",
    title: "Set a preference",
    description: "Set how a user wants something, by key and scope.",
    hints: Hints::Sets,
    arguments: &[
        needed("key", Kind::Text),
        needed("value", Kind::Text),
        may("scope", Kind::Text).about("global"),
        may("related_ids", Kind::Texts),
        may("expected_updated", Kind::Text),
        may("idempotency_key", Kind::Text),
    ],
};

/// Where a preference holds where nobody says.
const SCOPE: &str = "global";

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let name = arguments.needed_text("key")?;
    let value = arguments.needed_text("value")?;
    let scope = arguments.text("scope")?.unwrap_or_else(|| SCOPE.to_owned());
    let expected = arguments.moment("expected_updated")?;
    let related = related(arguments, None)?;
    let once = Once::of(arguments, context, CARD.name)?;
    let context_of_entry = context.clone();
    service.change_once(context, CARD.name, once, move |desk, told| {
        let there = desk.named_for_change(&Name::preference(&scope, &name))?;
        let entry = if let Some(mut entry) = there {
            expect_unchanged(&entry, expected).or_else(refuse)?;
            let wished = Wished::default().with("value", Some(value.as_str())).with("related_ids", related.clone());
            match wished.apply(&mut entry, desk.now()) {
                Some(change) => replace(desk, told, entry, Some(&change))?,
                None => entry,
            }
        } else {
            expect_absent(expected).or_else(refuse)?;
            let made = context_of_entry.entry(EntryType::Preference, &scope, desk.now());
            let mut entry = made.or_else(refuse)?;
            entry.data = data([
                ("key", Some(name.as_str().into())),
                ("value", Some(value.as_str().into())),
                ("scope", Some(scope.as_str().into())),
                ("related_ids", related.clone()),
            ]);
            put(desk, told, entry)?
        };
        Ok(json!({ "status": "ok", "id": entry.id.to_string(), "key": name, "scope": scope }))
    })
}
