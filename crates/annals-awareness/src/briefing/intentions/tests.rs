//! Firing, once and only when it is due.

use annals_store::awareness::EntryType;

use super::super::tests::{NOON, ago, entry};
use super::*;
use crate::moment;

#[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
fn intention(state: &str, deliver_at: Value, snooze_until: Value) -> Entry {
    let data = json!({ "goal": "g", "state": state, "deliver_at": deliver_at, "snooze_until": snooze_until });
    entry(EntryType::Intention, "me", 5, data)
}

#[test]
fn a_due_reminder_fires_once_and_a_snoozed_one_wakes() {
    let (past, future) = (json!(moment::written(ago(60))), json!(moment::written(ago(-60))));
    let table = [
        ("pending", past.clone(), Value::Null, true),
        ("pending", future.clone(), Value::Null, false),
        ("pending", Value::Null, Value::Null, false),
        ("snoozed", past.clone(), past.clone(), true),
        ("snoozed", past.clone(), future, false),
        ("snoozed", past.clone(), Value::Null, false),
        ("fired", past.clone(), Value::Null, false),
        ("cancelled", past, Value::Null, false),
    ];
    for (state, deliver_at, snooze_until, expected) in table {
        let mut entry = intention(state, deliver_at.clone(), snooze_until.clone());
        let before = entry.clone();
        let change = fire(&mut entry, NOON);
        assert_eq!(change.is_some(), expected, "{state} {deliver_at} {snooze_until}");
        match change {
            None => assert_eq!(entry, before),
            Some(change) => {
                assert_eq!(change.changed["state"], state);
                assert_eq!((entry.text("state"), entry.text("state_reason")), (Some("fired"), Some(REASON)));
                assert_eq!(entry.updated, Some(NOON));
                assert_eq!(fire(&mut entry, NOON), None, "once");
            }
        }
    }
}
