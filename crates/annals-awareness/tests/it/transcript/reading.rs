//! What the reading tools answer.

use serde_json::{Value, json};

use super::{Transcript, note, transcript, with};

fn alert(source: &str, alert_id: &str, level: &str) -> Value {
    json!({
        "source": source, "tags": ["disk"], "alert_id": alert_id, "level": level, "alert_type": "threshold",
        "message": format!("{alert_id} on {source}"),
    })
}

/// Asks a paged tool for less than there is, for the rest, for nothing, and for what is no page.
fn pages(talk: &mut Transcript, tool: &str, with_offset: Value) {
    talk.ask("a page", tool, with(with_offset.clone(), json!({ "limit": 2 })));
    talk.ask("the next page", tool, with(with_offset.clone(), json!({ "limit": "2", "offset": 2 })));
    talk.ask(
        "a page of nothing tells whether there is something",
        tool,
        with(with_offset.clone(), json!({ "limit": 0 })),
    );
    talk.ask("no page", tool, with(with_offset.clone(), json!({ "limit": -1 })));
    talk.ask("no place", tool, with(with_offset, json!({ "offset": -1 })));
}

#[test]
fn get_briefing() {
    transcript("get_briefing", |talk| {
        talk.ask("nothing is known", "get_briefing", json!({}));
        talk.quietly(
            "report_status",
            json!({ "source": "web", "tags": [], "metrics": { "load": 1 }, "ttl_sec": 3600 }),
        );
        talk.quietly("report_alert", alert("nas", "disk_full", "critical"));
        talk.quietly("report_alert", alert("web", "slow", "warning"));
        talk.quietly("remind", json!({ "goal": "water the plants", "source": "me", "tags": ["home"], "deliver_at": "2020-01-01T00:00:00Z" }));
        talk.quietly("suppress_alert", json!({ "source": "other" }));
        talk.ask("a source that never reported, one that did, and a due reminder", "get_briefing", json!({}));
        talk.ask("the same again, and fewer sources", "get_briefing", json!({ "max_sources": 1 }));
        talk.ask("no number of sources", "get_briefing", json!({ "max_sources": "many" }));
    });
}

#[test]
fn get_alerts() {
    transcript("get_alerts", |talk| {
        for (source, alert_id) in [("nas", "a"), ("nas", "b"), ("web", "c")] {
            talk.quietly("report_alert", alert(source, alert_id, "warning"));
        }
        talk.ask("all of a source", "get_alerts", json!({ "source": "web" }));
        talk.ask("in short", "get_alerts", json!({ "mode": "list" }));
        pages(talk, "get_alerts", json!({ "mode": "list" }));
        talk.ask("since when", "get_alerts", json!({ "since": "2200-01-01" }));
        talk.ask("no time", "get_alerts", json!({ "since": "" }));
    });
}

#[test]
fn get_status() {
    transcript("get_status", |talk| {
        talk.quietly(
            "report_status",
            json!({ "source": "nas", "tags": ["disk"], "metrics": { "used": 0.9 }, "inventory": { "disks": 2 } }),
        );
        talk.ask("a source", "get_status", json!({ "source": "nas" }));
        talk.ask("one that never reported", "get_status", json!({ "source": "nasty" }));
        talk.ask("none", "get_status", json!({}));
    });
}

#[test]
fn get_knowledge() {
    transcript("get_knowledge", |talk| {
        let first = talk.quietly("remember", note("The nightly backups of the database are failing"));
        talk.quietly(
            "learn_pattern",
            with(note("Loads are high at night"), json!({ "effect": "load", "conditions": { "hour_range": [1, 3] } })),
        );
        talk.quietly("set_preference", json!({ "key": "editor", "value": "helix" }));
        talk.quietly("update_entry", json!({ "entry_id": first["id"], "content": "since Tuesday" }));
        talk.ask("in full", "get_knowledge", json!({ "source": "nas" }));
        talk.ask("in short, with who read it", "get_knowledge", json!({ "mode": "list", "tags": ["disk"] }));
        talk.ask("with its history", "get_knowledge", json!({ "include_history": "only" }));
        talk.ask("ranked by words", "get_knowledge", json!({ "mode": "list", "hint": "backup" }));
        talk.ask("in a language", "get_knowledge", json!({ "mode": "list", "language": "simple" }));
        talk.ask("of a type", "get_knowledge", json!({ "mode": "list", "entry_type": "preference" }));
        pages(talk, "get_knowledge", json!({ "mode": "list" }));
        talk.ask("no type", "get_knowledge", json!({ "entry_type": "nots" }));
        talk.ask("no language", "get_knowledge", json!({ "language": "xx" }));
        talk.ask("no time", "get_knowledge", json!({ "created_after": "soon" }));
        talk.ask("no tags", "get_knowledge", json!({ "tags": 5 }));
        talk.ask(
            "tags as JSON in a text, and an argument that is not known",
            "get_knowledge",
            json!({ "tags": "[\"none\"]", "tag": "x" }),
        );
    });
}

#[test]
fn get_knowledge_is_cut_where_the_caller_gives_a_number_of_bytes() {
    transcript("get_knowledge_by_bytes", |talk| {
        for n in 0..3 {
            talk.quietly("remember", note(&format!("{n} {}", "x".repeat(400))));
        }
        let cut = talk.ask("as much as fits", "get_knowledge", json!({ "max_bytes": 1_100 }));
        talk.ask("the rest", "get_knowledge", json!({ "max_bytes": 4_000, "offset": cut["next_offset"] }));
        talk.ask("too little", "get_knowledge", json!({ "max_bytes": 10 }));
    });
}

#[test]
fn get_suppressions() {
    transcript("get_suppressions", |talk| {
        talk.ask("none", "get_suppressions", json!({}));
        talk.quietly("suppress_alert", json!({ "source": "nas", "tags": ["disk"], "reason": "being replaced" }));
        talk.ask("a plain list", "get_suppressions", json!({}));
    });
}

#[test]
fn get_stats() {
    transcript("get_stats", |talk| {
        talk.quietly("remember", note("one"));
        talk.quietly("set_preference", json!({ "key": "editor", "value": "helix" }));
        talk.ask("all types", "get_stats", json!({}));
    });
}

#[test]
fn get_tags() {
    transcript("get_tags", |talk| {
        talk.quietly("remember", note("one"));
        talk.quietly("remember", with(note("two"), json!({ "tags": ["disk", "zfs", "array"] })));
        talk.ask("the most used first", "get_tags", json!({}));
    });
}

#[test]
fn get_intentions() {
    transcript("get_intentions", |talk| {
        for goal in ["water", "weed", "sow"] {
            talk.quietly("remind", json!({ "goal": goal, "source": "garden", "tags": ["home"], "urgency": "low" }));
        }
        talk.ask("in full", "get_intentions", json!({ "limit": 1 }));
        pages(
            talk,
            "get_intentions",
            json!({ "mode": "list", "state": "pending", "source": "garden", "tags": ["home"] }),
        );
        talk.ask("a state that is none", "get_intentions", json!({ "state": "pendin" }));
    });
}

#[test]
fn get_related() {
    transcript("get_related", |talk| {
        let first = talk.quietly("remember", note("first"));
        let second = talk.quietly("remember", with(note("second"), json!({ "related_ids": [first["id"]] })));
        talk.quietly("remember", with(note("third"), json!({ "related_ids": [second["id"]] })));
        talk.ask(
            "what it names, then what names it",
            "get_related",
            json!({ "entry_id": second["id"], "mode": "list" }),
        );
        talk.ask(
            "as a page where bytes are counted",
            "get_related",
            json!({ "entry_id": second["id"], "mode": "list", "max_bytes": 1_024, "offset": 1 }),
        );
        talk.ask("no entry", "get_related", json!({ "entry_id": "3b241101-e2bb-4255-8caf-4136c566a962" }));
        talk.ask("no id", "get_related", json!({ "entry_id": "first" }));
        talk.ask("nothing", "get_related", json!({}));
    });
}

fn searches(tool: &'static str) {
    transcript(tool, |talk| {
        talk.quietly("remember", note("The nightly backups are failing"));
        talk.quietly("remember", note("A backup of the router"));
        talk.quietly("remember", with(note("Buy flowers for the balcony"), json!({ "source": "garden", "tags": [] })));
        talk.ask("in full", tool, json!({ "query": "nightly backup", "limit": 1 }));
        talk.ask(
            "the next page, in short",
            tool,
            json!({ "query": "nightly backup", "limit": 1, "offset": 1, "mode": "list" }),
        );
        talk.ask("filters are exact", tool, json!({ "query": "backup", "source": "garden" }));
        talk.ask("nothing fits", tool, json!({ "query": "kubernetes" }));
        talk.ask(
            "a limit out of bounds is brought within them",
            tool,
            json!({ "query": "backup flowers", "limit": -3, "mode": "list" }),
        );
        talk.ask("no type", tool, json!({ "query": "backup", "entry_type": "notes" }));
        talk.ask("no time", tool, json!({ "query": "backup", "until": "now" }));
        talk.ask("nothing", tool, json!({}));
    });
}

#[test]
fn search() {
    searches("search");
}

#[test]
fn semantic_search() {
    searches("semantic_search");
}
