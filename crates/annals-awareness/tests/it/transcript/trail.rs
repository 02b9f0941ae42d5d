//! What the tools answer about the trash, and from the log about who read and acted.

use serde_json::{Value, json};

use super::{Transcript, note, transcript, with};

const NOBODY: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

#[test]
fn delete_entry() {
    transcript("delete_entry", |talk| {
        let one = talk.quietly("remember", note("one"));
        talk.quietly("remember", note("two"));
        talk.quietly("remember", with(note("three"), json!({ "source": "web" })));
        talk.ask("one by its id", "delete_entry", json!({ "entry_id": one["id"] }));
        talk.ask("one that is not there is answered the same", "delete_entry", json!({ "entry_id": NOBODY }));
        talk.ask("how many it would be by tags", "delete_entry", json!({ "tags": ["disk"] }));
        talk.ask("how many it would be by source", "delete_entry", json!({ "source": "nas", "entry_type": "note" }));
        talk.ask("by source", "delete_entry", json!({ "source": "nas", "confirm": "true" }));
        talk.ask("by tags", "delete_entry", json!({ "tags": ["disk"], "confirm": true }));
        talk.ask("nothing was named", "delete_entry", json!({ "confirm": true }));
        talk.ask("no type", "delete_entry", json!({ "source": "nas", "entry_type": "nte" }));
        schema_with_record(talk);
    });
}

/// A schema whose record is in the way.
fn schema_with_record(talk: &mut Transcript) {
    let schema = talk.quietly(
        "register_schema",
        with(note("a schema"), json!({ "family": "disk", "version": "1", "schema": { "type": "object" } })),
    );
    talk.quietly(
        "create_record",
        with(
            note("a record"),
            json!({ "source": "web", "logical_key": "k", "schema_ref": "disk", "schema_version": "1", "content": {} }),
        ),
    );
    talk.ask("a schema that is in use", "delete_entry", json!({ "entry_id": schema["id"] }));
    talk.ask("a schema in use among many", "delete_entry", json!({ "source": "nas", "confirm": true }));
    talk.ask("a schema together with its records", "delete_entry", json!({ "tags": ["disk"], "confirm": true }));
}

#[test]
fn restore_entry() {
    transcript("restore_entry", |talk| {
        let keyed = with(note("one"), json!({ "logical_key": "k" }));
        let one = talk.quietly("remember", keyed.clone());
        talk.quietly("remember", with(note("two"), json!({ "tags": ["disk", "old"] })));
        talk.quietly("delete_entry", json!({ "tags": ["disk"], "confirm": true }));
        talk.ask("one by its id", "restore_entry", json!({ "entry_id": one["id"] }));
        talk.ask("one that is not in the trash", "restore_entry", json!({ "entry_id": one["id"] }));
        talk.ask("one that is nowhere", "restore_entry", json!({ "entry_id": NOBODY }));
        talk.ask("by tags", "restore_entry", json!({ "tags": ["old"] }));
        talk.quietly("delete_entry", json!({ "entry_id": one["id"] }));
        talk.quietly("remember", keyed);
        talk.ask("its key is another's by now", "restore_entry", json!({ "entry_id": one["id"] }));
        talk.ask("so it is passed over among many", "restore_entry", json!({ "tags": ["disk"] }));
        talk.ask("nothing was named", "restore_entry", json!({}));
    });
}

#[test]
fn get_deleted() {
    transcript("get_deleted", |talk| {
        for text in ["one", "two"] {
            let made = talk.quietly("remember", note(text));
            talk.quietly("delete_entry", json!({ "entry_id": made["id"] }));
        }
        let context = talk.quietly("add_context", note("three"));
        talk.quietly("delete_entry", json!({ "entry_id": context["id"] }));
        talk.ask("in full, the last deleted first", "get_deleted", json!({ "limit": 1 }));
        pages(talk, "get_deleted", json!({ "mode": "list" }));
        talk.ask("since when", "get_deleted", json!({ "since": "2200-01-01" }));
        talk.ask("no time", "get_deleted", json!({ "since": "yesterday" }));
    });
}

fn pages(talk: &mut Transcript, tool: &str, arguments: Value) {
    talk.ask("a page", tool, with(arguments.clone(), json!({ "limit": 2 })));
    talk.ask("the next page", tool, with(arguments.clone(), json!({ "limit": 2, "offset": 2 })));
    talk.ask(
        "a page of nothing tells whether there is something",
        tool,
        with(arguments.clone(), json!({ "limit": 0 })),
    );
    talk.ask("no page", tool, with(arguments, json!({ "limit": -1 })));
}

/// Notes that were read and acted on.
fn used(talk: &mut Transcript) -> Value {
    let one = talk.quietly("remember", note("one"))["id"].clone();
    talk.quietly("remember", note("two"));
    talk.quietly("get_knowledge", json!({}));
    talk.quietly("acted_on", json!({ "entry_id": one, "action": "fixed", "detail": "by hand" }));
    talk.quietly("acted_on", json!({ "entry_id": one, "action": "told", "platform": "phone", "tags": ["family"] }));
    talk.quietly("search", json!({ "query": "one" }));
    one
}

#[test]
fn acted_on() {
    transcript("acted_on", |talk| {
        let one = talk.quietly("remember", note("one"));
        talk.ask("an action", "acted_on", json!({ "entry_id": one["id"], "action": "fixed", "detail": "by hand" }));
        talk.ask("no entry, which is no error here", "acted_on", json!({ "entry_id": NOBODY, "action": "fixed" }));
        talk.ask("no action", "acted_on", json!({ "entry_id": one["id"], "action": " " }));
        let due = json!({ "goal": "water", "source": "me", "tags": [], "deliver_at": "2020-01-01" });
        let reminder = talk.quietly("remind", due);
        talk.quietly("get_briefing", json!({}));
        talk.ask("a reminder that fired", "acted_on", json!({ "entry_id": reminder["id"], "action": "watered" }));
        talk.ask("is active from then on", "get_intentions", json!({ "mode": "list" }));
    });
}

#[test]
fn get_reads() {
    transcript("get_reads", |talk| {
        let one = used(talk);
        talk.ask("of an entry", "get_reads", json!({ "entry_id": one }));
        talk.ask("by a client", "get_reads", json!({ "platform": "test-client", "limit": 1 }));
        talk.ask("by nobody", "get_reads", json!({ "platform": "phone" }));
        pages(talk, "get_reads", json!({}));
        talk.ask("of no entry", "get_reads", json!({ "entry_id": "one" }));
        talk.ask("no time", "get_reads", json!({ "since": "x" }));
    });
}

#[test]
fn get_actions() {
    transcript("get_actions", |talk| {
        let one = used(talk);
        talk.ask("of an entry", "get_actions", json!({ "entry_id": one }));
        talk.ask("by their tags", "get_actions", json!({ "tags": ["family"] }));
        talk.ask("by a client", "get_actions", json!({ "platform": "test-client" }));
        talk.ask("since when", "get_actions", json!({ "since": "2200-01-01" }));
        pages(talk, "get_actions", json!({}));
        talk.ask("no tags", "get_actions", json!({ "tags": "family" }));
    });
}

#[test]
fn get_activity() {
    transcript("get_activity", |talk| {
        used(talk);
        talk.ask("all of it", "get_activity", json!({}));
        talk.ask("by a client", "get_activity", json!({ "platform": "phone" }));
        pages(talk, "get_activity", json!({}));
        talk.ask("no time", "get_activity", json!({ "since": "x" }));
    });
}

#[test]
fn get_unread() {
    transcript("get_unread", |talk| {
        for text in ["one", "two", "three"] {
            talk.quietly("remember", note(text));
        }
        pages(talk, "get_unread", json!({}));
        talk.quietly("get_knowledge", json!({ "limit": 2 }));
        talk.ask("after two were read", "get_unread", json!({}));
        talk.ask("that nobody read since", "get_unread", json!({ "since": "2200-01-01", "limit": 1 }));
        talk.ask("no time", "get_unread", json!({ "since": "x" }));
    });
}

#[test]
fn backfill_embeddings() {
    transcript("backfill_embeddings", |talk| {
        talk.ask("there are none here", "backfill_embeddings", json!({}));
        talk.ask("no number", "backfill_embeddings", json!({ "limit": "all" }));
    });
}
