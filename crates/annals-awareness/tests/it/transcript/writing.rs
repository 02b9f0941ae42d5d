//! What the writing tools answer: what the server made, and never what was written.

use serde_json::{Value, json};

use super::{note, transcript, with};

const NOBODY: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

#[test]
fn report_status() {
    transcript("report_status", |talk| {
        let status = json!({ "source": "nas", "tags": ["disk"], "metrics": { "used": 0.9 } });
        talk.ask("the first", "report_status", status.clone());
        talk.ask(
            "the next takes its place",
            "report_status",
            with(status.clone(), json!({ "ttl_sec": "60", "inventory": {} })),
        );
        talk.ask("no metrics", "report_status", json!({ "source": "nas", "tags": [] }));
        talk.ask("no object", "report_status", with(status.clone(), json!({ "metrics": "high" })));
        talk.ask("no number", "report_status", with(status, json!({ "ttl_sec": -1 })));
    });
}

#[test]
fn report_alert() {
    transcript("report_alert", |talk| {
        let alert = json!({
            "source": "nas", "tags": ["disk"], "alert_id": "full", "level": "warning", "alert_type": "threshold", "message": "90 %",
        });
        talk.ask("raised", "report_alert", alert.clone());
        talk.ask("resolved", "report_alert", with(alert.clone(), json!({ "resolved": true })));
        talk.ask("no level", "report_alert", with(alert.clone(), json!({ "level": "Critcal" })));
        talk.ask("no type of alert", "report_alert", with(alert.clone(), json!({ "alert_type": "other" })));
        talk.ask("no flag", "report_alert", with(alert, json!({ "resolved": "perhaps" })));
        talk.ask("nothing", "report_alert", json!({}));
    });
}

#[test]
fn learn_pattern() {
    transcript("learn_pattern", |talk| {
        let pattern = with(note("Loads are high at night"), json!({ "effect": "high load" }));
        talk.ask(
            "a pattern",
            "learn_pattern",
            with(pattern.clone(), json!({ "conditions": "{\"hour_range\": [1, 3]}" })),
        );
        talk.ask("no conditions", "learn_pattern", with(pattern.clone(), json!({ "conditions": [1] })));
        talk.ask("related to nothing", "learn_pattern", with(pattern, json!({ "related_ids": ["x"] })));
    });
}

#[test]
fn remember() {
    transcript("remember", |talk| {
        talk.ask("a note", "remember", with(note("secret"), json!({ "content": { "b": 1 } })));
        let keyed = with(note("secret"), json!({ "logical_key": "k" }));
        talk.ask("under a key", "remember", keyed.clone());
        let changed = with(keyed.clone(), json!({ "content": "more" }));
        talk.ask("again under the key", "remember", changed);
        talk.ask("an empty key is none", "remember", with(note("secret"), json!({ "logical_key": "" })));
        let stale = with(keyed, json!({ "expected_updated": "2020-01-01T00:00:00Z" }));
        talk.ask("changed by somebody else", "remember", stale);
        talk.quietly(
            "register_schema",
            with(note("a schema"), json!({ "family": "disk", "version": "1", "schema": { "type": "object" } })),
        );
        talk.ask("the key is a schema's", "remember", with(note("mine"), json!({ "logical_key": "disk:1" })));
        talk.ask("tags are missing", "remember", json!({ "source": "nas", "description": "d" }));
        talk.ask("an argument that is not known", "remember", with(note("d"), json!({ "learnd_from": "x" })));
        let named = with(note("once"), json!({ "idempotency_key": "n1" }));
        talk.ask("with a name", "remember", named.clone());
        talk.ask("sent again", "remember", named.clone());
        talk.ask("another call with that name", "remember", with(named, json!({ "source": "web" })));
    });
}

#[test]
fn add_context() {
    transcript("add_context", |talk| {
        talk.ask("for some days", "add_context", with(note("on holiday"), json!({ "expires_days": 3 })));
        talk.ask("for no days", "add_context", with(note("on holiday"), json!({ "expires_days": 0 })));
    });
}

#[test]
fn set_preference() {
    transcript("set_preference", |talk| {
        let preference = json!({ "key": "editor", "value": "helix" });
        talk.ask("the first", "set_preference", preference.clone());
        talk.ask("the next is the same entry", "set_preference", json!({ "key": "editor", "value": "vim" }));
        talk.ask("of another scope", "set_preference", with(preference.clone(), json!({ "scope": "work" })));
        talk.ask(
            "changed by somebody else",
            "set_preference",
            with(preference, json!({ "expected_updated": "2020-01-01" })),
        );
        talk.ask("no text", "set_preference", json!({ "key": "editor", "value": 5 }));
    });
}

#[test]
fn suppress_alert() {
    transcript("suppress_alert", |talk| {
        talk.ask("everything", "suppress_alert", json!({}));
        talk.ask(
            "some",
            "suppress_alert",
            json!({ "source": "nas", "tags": ["disk"], "metric": "used", "level": "critical" }),
        );
        talk.ask("no level", "suppress_alert", json!({ "level": "info" }));
        talk.ask("no time", "suppress_alert", json!({ "duration_minutes": 0 }));
    });
}

#[test]
fn remind() {
    transcript("remind", |talk| {
        let reminder =
            json!({ "goal": "water the plants", "source": "me", "tags": ["home"], "deliver_at": "2200-01-01" });
        talk.ask("a reminder", "remind", reminder.clone());
        talk.ask("no urgency", "remind", with(reminder.clone(), json!({ "urgency": "hihg" })));
        talk.ask("no time", "remind", with(reminder, json!({ "deliver_at": "tomorrow" })));
    });
}

#[test]
fn update_intention() {
    transcript("update_intention", |talk| {
        let made = talk.quietly("remind", json!({ "goal": "water", "source": "me", "tags": [] }));
        let update = |state: &str| json!({ "entry_id": made["id"], "state": state });
        talk.ask("a state", "update_intention", with(update("active"), json!({ "reason": "begun" })));
        talk.ask("asleep", "update_intention", with(update("snoozed"), json!({ "snooze_until": "2200-01-01" })));
        talk.ask("no state", "update_intention", update("snooze"));
        talk.ask(
            "a time without sleep",
            "update_intention",
            with(update("active"), json!({ "snooze_until": "2200-01-01" })),
        );
        talk.ask(
            "changed by somebody else",
            "update_intention",
            with(update("active"), json!({ "expected_updated": "2020-01-01" })),
        );
        let other = talk.quietly("remember", note("no intention"));
        talk.ask("no intention", "update_intention", json!({ "entry_id": other["id"], "state": "active" }));
        talk.ask("no entry", "update_intention", json!({ "entry_id": NOBODY, "state": "active" }));
    });
}

#[test]
fn update_entry() {
    transcript("update_entry", |talk| {
        let made = talk.quietly("remember", note("secret"));
        let update = |more: Value| with(json!({ "entry_id": made["id"] }), more);
        let done = talk.ask("a change", "update_entry", update(json!({ "content": "new", "tags": ["x"] })));
        talk.ask("nothing differs", "update_entry", update(json!({ "content": "new" })));
        let seen = json!({ "description": "d", "expected_updated": done["updated"] });
        talk.ask("as it was read", "update_entry", update(seen.clone()));
        talk.ask("changed since", "update_entry", update(seen));
        talk.ask("nothing to change", "update_entry", update(json!({})));
        talk.ask("no entry", "update_entry", json!({ "entry_id": NOBODY, "source": "x" }));
        let status = talk.quietly("report_status", json!({ "source": "nas", "tags": [], "metrics": {} }));
        talk.ask("a status", "update_entry", json!({ "entry_id": status["id"], "source": "x" }));
        let schema = talk.quietly(
            "register_schema",
            with(note("a schema"), json!({ "family": "disk", "version": "1", "schema": { "type": "object" } })),
        );
        talk.ask("a schema", "update_entry", json!({ "entry_id": schema["id"], "source": "x" }));
        let record = talk.quietly(
            "create_record",
            with(
                note("a record"),
                json!({ "logical_key": "k", "schema_ref": "disk", "schema_version": "1", "content": {} }),
            ),
        );
        talk.ask(
            "a record's content as text",
            "update_entry",
            json!({ "entry_id": record["id"], "content": "{\"a\": 1}" }),
        );
        talk.ask(
            "content that its schema does not accept",
            "update_entry",
            json!({ "entry_id": record["id"], "content": "free" }),
        );
        talk.ask(
            "a source in which its key is another's",
            "update_entry",
            json!({ "entry_id": record["id"], "source": "taken" }),
        );
    });
}

#[test]
fn register_schema() {
    transcript("register_schema", |talk| {
        let schema = with(note("disks"), json!({ "family": "disk", "version": "1", "schema": { "type": "object" } }));
        talk.ask("a schema", "register_schema", schema.clone());
        talk.ask(
            "the same again from another source",
            "register_schema",
            with(schema.clone(), json!({ "source": "web" })),
        );
        talk.ask("no family", "register_schema", with(schema.clone(), json!({ "family": " " })));
        talk.ask(
            "no schema",
            "register_schema",
            with(schema.clone(), json!({ "version": "2", "schema": { "type": "disk" } })),
        );
        talk.ask("no object", "register_schema", with(schema, json!({ "version": "2", "schema": "true" })));
    });
}

#[test]
fn create_record() {
    transcript("create_record", |talk| {
        let record = with(
            note("sda"),
            json!({ "logical_key": "sda", "schema_ref": "disk", "schema_version": "1", "content": { "size": 5 } }),
        );
        talk.ask("no schema yet", "create_record", record.clone());
        for (version, of) in [("1", json!({ "type": "integer" })), ("2", json!({ "type": "string" }))] {
            let schema = json!({ "type": "object", "properties": { "size": of }, "required": ["size"] });
            talk.quietly(
                "register_schema",
                with(note("disks"), json!({ "family": "disk", "version": version, "schema": schema })),
            );
        }
        talk.ask("a record", "create_record", record.clone());
        talk.ask(
            "the same under another version",
            "create_record",
            with(record.clone(), json!({ "schema_version": "2", "content": { "size": "5" } })),
        );
        talk.ask(
            "content that its schema does not accept",
            "create_record",
            with(record.clone(), json!({ "content": { "size": "5" } })),
        );
        // Each level of the content doubles what there is to look at.
        let doubling = json!({ "properties": { "a": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
        let dear = with(note("dear"), json!({ "family": "disk", "version": "dear", "schema": doubling }));
        talk.quietly("register_schema", dear);
        let deep = (0..40).fold(json!({}), |inner, _| json!({ "a": inner }));
        let dear = with(record.clone(), json!({ "logical_key": "dear", "schema_version": "dear", "content": deep }));
        talk.ask("content that would take for ever", "create_record", dear);
        talk.ask(
            "changed by somebody else",
            "create_record",
            with(record.clone(), json!({ "expected_updated": "2020-01-01" })),
        );
        talk.quietly("remember", with(note("a note"), json!({ "logical_key": "noted" })));
        talk.ask("the key is a note's", "create_record", with(record.clone(), json!({ "logical_key": "noted" })));
        talk.ask("no key", "create_record", with(record, json!({ "logical_key": "" })));
        talk.ask(
            "no content",
            "create_record",
            with(note("sda"), json!({ "logical_key": "k", "schema_ref": "disk", "schema_version": "1" })),
        );
    });
}
