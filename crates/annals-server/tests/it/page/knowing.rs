//! What agents know, on the page: what is shown, what is asked in a URL, hostile texts, and whose it is.

use annals::{Caller, Column, Filter, PageRequest, Value, json};
use annals_awareness::{Awareness, Context, tools};

use crate::page::bench::{look, seen};
use crate::server::Server;

const HOSTILE: &str = "</title></bdi>\"'><script>x</script><img src=x onerror=x>\u{1b}[31m\u{202e}turned\u{200b}";

/// What a tool answers somebody of this space.
#[track_caller]
fn tool(server: &Server, space: &str, name: &str, arguments: Value) -> Value {
    let caller = Caller::new(space, "alice").expect("set up");
    let context = Context { caller, client: None, traceparent: None };
    let Value::Object(members) = arguments else { panic!("arguments are an object") };
    let answer = tools::call(name, &Awareness::new(server.audit.clone()), &context, members);
    answer.unwrap_or_else(|refusal| panic!("{name}: {refusal:?}")).value
}

fn note(server: &Server, space: &str, description: &str, tags: &[&str]) -> String {
    let made = tool(server, space, "remember", json!({ "source": "desk", "tags": tags, "description": description }));
    made["id"].as_str().expect("an id").to_owned()
}

/// The page's readings on record: by which operation, with how many entries.
fn readings(server: &Server, operation: &str) -> Vec<Value> {
    server.audit.flush().expect("set up");
    let filter = Filter::new().event_type("context.query_executed").equals(Column::Tool, operation);
    let events = server.audit.query(&filter, &PageRequest::default()).expect("a page").events;
    let details = |event: &annals::StoredEvent| event.details.as_deref().and_then(|text| text.parse().ok());
    events.iter().map(|event| details(event).expect("details")).collect()
}

#[test]
fn the_briefing_tells_of_sources_and_leads_to_their_entries() {
    let server = Server::start();
    assert!(seen(&server, "/awareness").contains("Nothing is known yet."));
    tool(&server, "default", "report_status", json!({ "source": "nas & co", "tags": [], "metrics": {} }));
    let alert = json!({ "source": "nas & co", "tags": [], "alert_id": "a", "level": "critical", "alert_type": "threshold", "message": "disk full" });
    tool(&server, "default", "report_alert", alert);
    note(&server, "default", "something else", &[]);
    let gone = note(&server, "default", "gone", &[]);
    tool(&server, "default", "delete_entry", json!({ "entry_id": gone }));
    let html = seen(&server, "/awareness");
    for part in [
        "needs attention",
        "disk full",
        "href=\"/awareness/entries?source=nas%20%26%20co\"",
        "href=\"/awareness/entries?type=note\"",
        "href=\"/awareness/trash\"",
        "aria-current=\"page\">Briefing",
    ] {
        assert!(html.contains(part), "`{part}` is missing in {html}");
    }
    assert!(seen(&server, "/").contains("href=\"/awareness\""));
    assert_eq!(readings(&server, "page_briefing").len(), 2);
}

#[test]
fn entries_are_shown_as_the_url_asks_and_their_reading_is_recorded() {
    let server = Server::start();
    for n in 0..60 {
        note(&server, "default", &format!("note {n:02}"), if n % 2 == 0 { &["even", "all"] } else { &["all"] });
    }
    tool(
        &server,
        "default",
        "add_context",
        json!({ "source": "other", "tags": ["all"], "description": "the weather" }),
    );
    let gone = note(&server, "default", "thrown away", &[]);
    tool(&server, "default", "delete_entry", json!({ "entry_id": gone }));
    let n_rows = |path: &str| seen(&server, path).matches("href=\"/awareness/entries/").count();
    for (path, n) in [
        ("/awareness/entries", 50),
        ("/awareness/entries?offset=50", 11),
        ("/awareness/entries?tag=even", 30),
        ("/awareness/entries?tag=even&tag=none", 0),
        ("/awareness/entries?type=context", 1),
        ("/awareness/entries?source=other&type=note", 0),
        ("/awareness/entries?text=weather", 1),
        ("/awareness/entries?until=2020-01-01", 0),
        ("/awareness/entries?since=1h&tag=even", 30),
        ("/awareness/entries?where=expired", 0),
        ("/awareness/trash", 1),
        ("/awareness/trash?source=nobody", 0),
    ] {
        assert_eq!(n_rows(path), n, "{path}");
    }
    let first = seen(&server, "/awareness/entries?tag=all");
    assert!(first.contains("href=\"/awareness/entries?tag=all&amp;offset=50\" rel=\"next\""), "{first}");
    let shown: Vec<u64> = readings(&server, "page_entries")
        .iter()
        .map(|details| details["n_entries"].as_u64().expect("a number"))
        .collect();
    assert!(shown.contains(&50) && shown.contains(&30) && shown.contains(&0), "{shown:?}");
    let short = look(&server, "/awareness/entries?type=&tag=a+b&source=");
    assert_eq!((short.status, short.header("location")), (303, Some("/awareness/entries?tag=a%20b")));
    for (path, part) in [
        ("/awareness/entries?type=notes", "no type of entries"),
        ("/awareness/entries?since=whenever", "is no time"),
        ("/awareness/entries?where=nowhere", "is none of"),
        ("/awareness/entries?offset=-1", "is no number"),
        ("/awareness/entries?colour=red", "nothing that can be asked"),
        ("/awareness/trash?where=anywhere", "nothing that can be asked"),
    ] {
        let answer = look(&server, path);
        assert!(answer.status == 400 && answer.text().contains(part), "{path}: {}", answer.text());
        assert!(answer.text().contains("role=\"alert\""), "{path}");
    }
}

#[test]
fn an_entry_is_shown_with_its_history_and_its_readers() {
    let server = Server::start();
    let other = note(&server, "default", "the other", &[]);
    let made = tool(
        &server,
        "default",
        "remember",
        json!({ "source": "desk", "tags": ["t"], "description": "first", "content": "line one\nline two", "logical_key": "k", "related_ids": [other] }),
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    tool(&server, "default", "update_entry", json!({ "entry_id": id, "description": "second" }));
    tool(&server, "default", "acted_on", json!({ "entry_id": id, "action": "filed it", "detail": "in the drawer" }));
    tool(&server, "default", "get_knowledge", json!({ "tags": ["t"] }));
    server.audit.flush().expect("set up");
    let html = seen(&server, &format!("/awareness/entries/{id}"));
    for part in [
        "<bdi>second</bdi>",
        "line one\nline two",
        "&quot;description&quot;: &quot;first&quot;",
        "filed it",
        "in the drawer",
        "<bdi>get_knowledge</bdi>",
        "1 reading",
        &format!("href=\"/awareness/entries/{other}\""),
        &format!("href=\"/events?resource=awareness:{id}\""),
    ] {
        assert!(html.contains(part), "`{part}` is missing in {html}");
    }
    assert_eq!(readings(&server, "page_entry"), [json!({ "entries": [id], "n_entries": 1 })]);
    tool(&server, "default", "delete_entry", json!({ "entry_id": id }));
    assert!(seen(&server, &format!("/awareness/entries/{id}")).contains("in the trash"));
    for path in ["/awareness/entries/none", "/awareness/entries/3b241101-e2bb-4255-8caf-4136c566a962"] {
        assert_eq!(look(&server, path).status, 404, "{path}");
    }
}

#[test]
fn nothing_of_a_hostile_entry_is_done() {
    let server = Server::start();
    let made = tool(
        &server,
        "default",
        "remember",
        json!({ "source": HOSTILE, "tags": [HOSTILE], "description": HOSTILE, "content": HOSTILE, "logical_key": HOSTILE, "learned_from": HOSTILE }),
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    tool(&server, "default", "update_entry", json!({ "entry_id": id, "content": "tame" }));
    tool(&server, "default", "update_entry", json!({ "entry_id": id, "content": HOSTILE }));
    tool(
        &server,
        "default",
        "acted_on",
        json!({ "entry_id": id, "action": HOSTILE, "detail": HOSTILE, "platform": HOSTILE }),
    );
    tool(
        &server,
        "default",
        "report_status",
        json!({ "source": HOSTILE, "tags": [], "metrics": { HOSTILE: HOSTILE } }),
    );
    tool(
        &server,
        "default",
        "report_alert",
        json!({ "source": HOSTILE, "tags": [], "alert_id": HOSTILE, "level": "warning", "alert_type": "threshold", "message": HOSTILE }),
    );
    tool(
        &server,
        "default",
        "remind",
        json!({ "goal": HOSTILE, "source": HOSTILE, "tags": [HOSTILE], "deliver_at": "2020-01-01T00:00:00Z" }),
    );
    let thrown = note(&server, "default", HOSTILE, &[HOSTILE]);
    tool(&server, "default", "delete_entry", json!({ "entry_id": thrown }));
    server.audit.flush().expect("set up");
    let encoded: String = HOSTILE.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    for path in [
        "/awareness".to_owned(),
        "/awareness/entries".to_owned(),
        format!("/awareness/entries?source={encoded}"),
        format!("/awareness/entries?tag={encoded}&tag={encoded}"),
        "/awareness/trash".to_owned(),
        format!("/awareness/entries/{id}"),
    ] {
        let html = seen(&server, &path);
        for raw in ["<script>", "<img", "</title></bdi>", "onerror=x>"] {
            assert!(!html.contains(raw), "{path}: {raw} stands there as it is");
        }
        // In a field the text must stand as it was typed.
        let outside =
            html.split("<input").map(|piece| piece.split_once('>').map_or(piece, |(_, rest)| rest)).collect::<String>();
        let harmful = outside.chars().find(|character| annals_ask::is_harmful(*character) && *character != '\n');
        assert_eq!(harmful, None, "{path}: does something instead of being seen");
        assert!(html.contains("&lt;script&gt;x&lt;/script&gt;"), "{path}: it is not shown");
        assert!(html.contains("<span class=\"escape\" title=\"U+202E\">"), "{path}: it is not written out");
    }
    let refused = look(&server, &format!("/awareness/entries?type={encoded}"));
    assert!(refused.status == 400 && !refused.text().contains("<script>") && !refused.text().contains("<img"));
}

#[test]
fn another_space_is_on_no_view() {
    let server = Server::start();
    let secret = "sentinel-of-others";
    let theirs = note(&server, "theirs", secret, &[secret]);
    let gone = note(&server, "theirs", secret, &[secret]);
    tool(&server, "theirs", "delete_entry", json!({ "entry_id": gone }));
    tool(&server, "theirs", "report_status", json!({ "source": secret, "tags": [], "metrics": {} }));
    for path in ["/awareness", "/awareness/entries", "/awareness/entries?where=anywhere", "/awareness/trash"] {
        let html = seen(&server, path);
        assert!(!html.contains(secret) && !html.contains(&theirs), "{path}: {html}");
    }
    for id in [&theirs, &gone] {
        let answer = look(&server, &format!("/awareness/entries/{id}"));
        assert!(answer.status == 404 && !answer.text().contains(secret), "{}", answer.text());
    }
    let found = seen(&server, &format!("/awareness/entries?text={secret}"));
    assert!(found.contains("No entry fits.") && !found.contains(&theirs));
    // The control: they are there, for their own space.
    assert_eq!(tool(&server, "theirs", "get_stats", json!({}))["total"], 2);
}
