//! `update_intention`: moving an intention on.

use annals_store::awareness::{EntryId, EntryType};
use serde_json::Value;

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::writing::{done, refuse, replace};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::changes::{Wished, expect_unchanged};
use crate::moment;
use crate::once::Once;
use crate::refusal::Refusal;

pub(super) const CARD: ToolCard = ToolCard {
    name: "update_intention",
    title: "Update an intention",
    description: "Move an intention to another state.",
    hints: Hints::Sets,
    arguments: &[
        needed("entry_id", Kind::Text),
        needed("state", Kind::Word(&["pending", "fired", "active", "completed", "snoozed", "cancelled"])),
        may("reason", Kind::Text),
        may("snooze_until", Kind::Text).about("wakes it then"),
        may("expected_updated", Kind::Text),
        may("idempotency_key", Kind::Text),
    ],
};

/// The states of an intention. Any may follow any.
const STATES: [&str; 6] = ["pending", "fired", "active", "completed", "snoozed", "cancelled"];

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let text = arguments.needed_text("entry_id")?;
    let id: EntryId = text.trim().parse().map_err(|_| Refusal::no_entry(&text))?;
    let state = arguments.word("state", &STATES.map(|state| (state, state)))?;
    let state = state.ok_or_else(|| Refusal::missing("state"))?;
    let snooze_until = arguments.moment("snooze_until")?;
    if snooze_until.is_some() && state != "snoozed" {
        return Err(Refusal::parameter("snooze_until", "`snooze_until` goes with the state `snoozed`"));
    }
    let reason = arguments.text("reason")?.filter(|reason| !reason.is_empty());
    let expected = arguments.moment("expected_updated")?;
    let once = Once::of(arguments, context, CARD.name)?;
    service.change_once(context, CARD.name, once, move |desk, told| {
        let there = desk.entry_for_change(id)?.filter(|entry| entry.is_live(desk.now()));
        let Some(mut entry) = there.filter(|entry| entry.entry_type == EntryType::Intention) else {
            return refuse(Refusal::no_entry(&text));
        };
        expect_unchanged(&entry, expected).or_else(refuse)?;
        let wished = Wished::default()
            .with("state", Some(state))
            .with("state_reason", reason.as_deref())
            .with("snooze_until", snooze_until.map(moment::written));
        if let Some(change) = wished.apply(&mut entry, desk.now()) {
            entry = replace(desk, told, entry, Some(&change))?;
        }
        Ok(done(&entry))
    })
}
