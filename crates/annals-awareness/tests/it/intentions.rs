//! Reminders, patterns, suppressions, preferences and what is related.

use std::thread;

use annals_store::suite::Database;
use annals_testkit::{Flaw, Memory};
use serde_json::{Value, json};

use crate::desk::Desk;

fn due() -> Value {
    json!({ "goal": "water the plants", "source": "me", "tags": ["home"], "deliver_at": "2020-01-01T00:00:00Z" })
}

#[test]
fn a_due_reminder_is_in_every_briefing_until_it_is_done() {
    let desk = Desk::new();
    let made = desk.done("remind", due());
    assert_eq!(made["state"], "pending");
    desk.done("remind", json!({ "goal": "later", "source": "me", "tags": [], "deliver_at": "2200-01-01" }));
    for _ in 0..2 {
        let briefing = desk.done("get_briefing", json!({}));
        assert_eq!(briefing["fired_intentions"][0]["id"], made["id"]);
        assert_eq!((&briefing["pending_intentions"], &briefing["summary"]), (&json!(1), &json!("1 intention ready.")));
    }
    assert_eq!(desk.done("get_intentions", json!({ "state": "fired" }))["entries"][0]["id"], made["id"]);
    desk.done("update_intention", json!({ "entry_id": made["id"], "state": "completed", "reason": "done" }));
    assert_eq!(desk.done("get_briefing", json!({})).get("fired_intentions"), None);
}

#[test]
fn two_who_ask_at_once_see_the_same_reminder_and_it_fires_once() {
    let desk = Desk::new();
    let made = desk.done("remind", due());
    let ask = || desk.done("get_briefing", json!({}))["fired_intentions"][0]["id"].clone();
    let seen: Vec<Value> = thread::scope(|scope| {
        let askers: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        askers.into_iter().map(|asker| asker.join().expect("an answer")).collect()
    });
    assert_eq!(seen, vec![made["id"].clone(); 8]);
    let fired = desk.events("resource.modified");
    let fired = fired.iter().filter(|event| event.details.as_deref().is_some_and(|text| text.contains("\"fired\"")));
    assert_eq!(fired.count(), 1);
}

#[test]
fn a_snoozed_reminder_wakes() {
    let desk = Desk::new();
    let id = desk.done("remind", due())["id"].clone();
    desk.done("get_briefing", json!({}));
    let snooze = |until: &str| json!({ "entry_id": id, "state": "snoozed", "snooze_until": until });
    desk.done("update_intention", snooze("2200-01-01"));
    assert_eq!(desk.done("get_briefing", json!({})).get("fired_intentions"), None);
    desk.done("update_intention", snooze("2020-01-02"));
    assert_eq!(desk.done("get_briefing", json!({}))["fired_intentions"][0]["id"], id);
    let error =
        desk.refused("update_intention", json!({ "entry_id": id, "state": "active", "snooze_until": "2200-01-01" }));
    assert_eq!(error["param"], "snooze_until");
    assert_eq!(desk.refused("update_intention", json!({ "entry_id": id, "state": "snozed" }))["suggestion"], "snoozed");
}

#[test]
fn a_suppression_and_a_pattern_keep_alerts_out_of_the_briefing() {
    let desk = Desk::new();
    let alert = json!({
        "source": "nas", "tags": [], "alert_id": "load", "level": "warning", "alert_type": "threshold",
        "message": "high load during backup", "metric": "load",
    });
    desk.done("report_alert", alert);
    assert_eq!(desk.done("get_briefing", json!({}))["active_alerts"], 1);
    desk.done("learn_pattern", json!({ "source": "nas", "tags": [], "description": "d", "effect": "load" }));
    assert_eq!(desk.done("get_briefing", json!({}))["active_alerts"], 1, "one word is a coincidence");
    desk.done(
        "learn_pattern",
        json!({ "source": "nas", "tags": [], "description": "d", "effect": "high load in the night" }),
    );
    assert_eq!(desk.done("get_briefing", json!({}))["evaluation"]["pattern_matched"], 1);
    let made = desk.done("suppress_alert", json!({ "metric": "load", "duration_minutes": "5" }));
    assert!(made["expires"].is_string());
    let briefing = desk.done("get_briefing", json!({}));
    assert_eq!((&briefing["evaluation"]["suppressed"], &briefing["active_suppressions"]), (&json!(1), &json!(1)));
    assert_eq!(desk.done("get_suppressions", json!({}))[0]["id"], made["id"]);
    assert_eq!(desk.refused("suppress_alert", json!({ "duration_minutes": 0 }))["param"], "duration_minutes");
}

#[test]
fn a_preference_is_one_entry_a_key_and_scope() {
    let desk = Desk::new();
    let first = desk.done("set_preference", json!({ "key": "editor", "value": "vim" }));
    let second = desk.done("set_preference", json!({ "key": "editor", "value": "helix" }));
    assert_eq!(first, second);
    let other = desk.done("set_preference", json!({ "key": "editor", "value": "vim", "scope": "work" }));
    assert_ne!(other["id"], first["id"]);
    assert_eq!(desk.done("get_stats", json!({}))["entries"]["preference"], 2);
}

#[test]
fn a_context_has_an_end_and_a_far_one_is_no_error() {
    let desk = Desk::new();
    let context =
        |days: Value| json!({ "source": "me", "tags": [], "description": "on holiday", "expires_days": days });
    let made = desk.done("add_context", context(json!(1)));
    assert!(made["expires"].is_string());
    desk.done("add_context", context(json!(i64::MAX)));
    assert_eq!(desk.refused("add_context", context(json!(0)))["code"], "invalid_parameter");
}

#[test]
fn related_entries_are_found_both_ways() {
    let desk = Desk::new();
    let note = |description: &str, related: Value| json!({ "source": "me", "tags": [], "description": description, "related_ids": related });
    let first = desk.done("remember", note("first", json!([])))["id"].clone();
    let second = desk.done("remember", note("second", json!([first])))["id"].clone();
    let related = |id: &Value| desk.done("get_related", json!({ "entry_id": id, "mode": "list" }));
    assert_eq!(related(&second)[0]["id"], first);
    assert_eq!(related(&first)[0]["id"], second);
    assert_eq!(desk.refused("get_related", json!({ "entry_id": "nothing" }))["code"], "not_found");
}

/// Whether a briefing that was just asked for shows what was changed since.
fn shows_changes(desk: &Desk) -> bool {
    let alerts = || desk.done("get_briefing", json!({}))["active_alerts"].clone();
    let alert = |id: &str| json!({ "alert_id": id, "level": "warning", "alert_type": "threshold", "message": id, "source": "nas", "tags": [] });
    let before = (alerts(), alerts());
    desk.done("report_alert", alert("disk"));
    let between = (alerts(), alerts());
    desk.done("report_alert", alert("fan"));
    (before, between, alerts()) == ((json!(0), json!(0)), (json!(1), json!(1)), json!(2))
}

#[test]
fn a_briefing_that_was_just_made_shows_what_was_changed_since() {
    assert!(shows_changes(&Desk::new()));
    let over = |flaw| Desk::over(Memory::flawed(flaw).open());
    assert!(shows_changes(&over(Flaw::None)));
    assert!(!shows_changes(&over(Flaw::KeepsItsRevision)), "nobody notices a store that tells of no change");
}
