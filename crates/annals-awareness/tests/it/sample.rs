//! A space with entries of all ten types, read and acted on, and a value for every argument of every tool that concerns them.

use annals_awareness::tools::{Argument, Kind};
use serde_json::{Value, json};

use crate::desk::Desk;

/// A word that stands in every text of the sample.
pub(crate) const WORD: &str = "zebra";

/// Fills a space as this credential, and answers the ids of what is there, the trash included.
pub(crate) fn fill(desk: &Desk, space: &str, credential: &str) -> Vec<String> {
    let done = |tool: &str, arguments: Value| {
        let answer = desk.answer(space, credential, tool, arguments.clone());
        answer.unwrap_or_else(|refusal| panic!("{tool} {arguments}: {refusal:?}")).value
    };
    let of = |more: Value| {
        let mut arguments = json!({ "source": WORD, "tags": [WORD] });
        for (name, value) in more.as_object().expect("an object") {
            arguments[name] = value.clone();
        }
        arguments
    };
    let written = json!({ "description": "the zebra is failing" });
    let mut ids = Vec::new();
    let mut keep = |answer: Value| ids.push(answer["id"].as_str().expect("an id").to_owned());
    keep(done("report_status", of(json!({ "metrics": { "zebra": 1 } }))));
    keep(done(
        "report_alert",
        of(
            json!({ "alert_id": WORD, "level": "critical", "alert_type": "threshold", "message": "the zebra is failing" }),
        ),
    ));
    keep(done("learn_pattern", of(json!({ "description": "a zebra", "effect": "high zebra load" }))));
    keep(done(
        "remember",
        of(json!({ "description": "the zebra is failing", "logical_key": WORD, "content": "{{zebra}}" })),
    ));
    keep(done(
        "remember",
        json!({ "source": "custom-prompt", "tags": ["memory-prompt", WORD], "description": "zebra", "logical_key": WORD }),
    ));
    keep(done("add_context", of(written.clone())));
    keep(done("set_preference", json!({ "key": WORD, "value": WORD, "scope": WORD })));
    keep(done("suppress_alert", of(json!({ "reason": WORD, "metric": "other" }))));
    keep(done("remind", of(json!({ "goal": "feed the zebra", "deliver_at": "2020-01-01" }))));
    let schema = json!({ "description": WORD, "family": WORD, "version": "1", "schema": { "title": WORD } });
    keep(done("register_schema", of(schema)));
    let record = json!({ "description": WORD, "logical_key": "record", "schema_ref": WORD, "schema_version": "1", "content": WORD });
    keep(done("create_record", of(record)));
    let gone = done("remember", of(written));
    done("delete_entry", json!({ "entry_id": gone["id"] }));
    keep(gone);
    let first = ids[3].clone();
    done("update_entry", json!({ "entry_id": first, "content": "zebras", "related_ids": [ids[4]] }));
    done("acted_on", json!({ "entry_id": first, "action": WORD, "detail": WORD, "tags": [WORD] }));
    for tool in ["get_knowledge", "get_alerts", "get_briefing"] {
        done(tool, json!({}));
    }
    desk.service.audit().flush().expect("what was accepted becomes durable");
    ids
}

/// A right value of an argument, about the sample.
pub(crate) fn value(argument: &Argument) -> Value {
    match (argument.name, argument.kind) {
        ("tags", _) => json!([WORD]),
        ("source" | "query" | "hint" | "alert_id" | "key" | "scope" | "family" | "schema_ref" | "logical_key", _) => {
            WORD.into()
        }
        ("schema_version" | "version", _) => "1".into(),
        ("schema", _) => json!({ "type": "string" }),
        ("metrics" | "details" | "diagnostics" | "inventory", _) => json!({ "load": 1 }),
        ("conditions", _) => json!({ "hour_range": [1, 3] }),
        ("entry_id", _) => "3b241101-e2bb-4255-8caf-4136c566a962".into(),
        ("related_ids", _) => json!(["3b241101-e2bb-4255-8caf-4136c566a962"]),
        ("entry_type", _) => "note".into(),
        ("level", _) => "warning".into(),
        ("alert_type", _) => "threshold".into(),
        ("urgency", _) => "low".into(),
        ("state", _) => "snoozed".into(),
        ("mode", _) => "list".into(),
        ("include_history", _) => "true".into(),
        ("language", _) => "en".into(),
        ("platform", _) => "test-client".into(),
        ("since" | "created_after" | "deliver_at" | "expected_updated", _) => "2020-01-01T00:00:00Z".into(),
        ("until" | "created_before" | "snooze_until", _) => "2200-01-01".into(),
        ("learned_from", _) => "conversation".into(),
        ("max_bytes", _) => 4_000.into(),
        ("idempotency_key", _) => "a-name".into(),
        ("offset", _) => 0.into(),
        (_, Kind::Whole) => 5.into(),
        (_, Kind::Flag) => true.into(),
        (_, Kind::Text | Kind::Content | Kind::Any | Kind::Word(_)) => "text".into(),
        (name, kind) => panic!("there is no sample of `{name}` ({kind:?})"),
    }
}

/// The arguments that must be given.
pub(crate) fn needed(arguments: &[Argument]) -> Value {
    let needed = arguments.iter().filter(|argument| argument.is_needed);
    Value::Object(needed.map(|argument| (argument.name.to_owned(), value(argument))).collect())
}
