//! Alice and Bob share a space, Eve has another: through every tool, resource and prompt.
//!
//! The walk is made of what the server lists, so that a tool that is added is walked, too. Bob's walk is the control: it must come upon what Eve's must not.

use std::collections::BTreeSet;
use std::io::Write;

use annals::{Column, Filter, PageRequest};
use annals_server::{Access, Config};
use serde_json::{Map, Value, json};

use super::call_with;
use crate::mcp::over_http::{early, message};
use crate::server::Server;

/// What nobody but Alice writes.
const SECRET: &str = "quokka";

/// Alice, Bob and Eve.
struct Three {
    server: Server,
    bearers: [String; 3],
}

const ALICE: usize = 0;
const BOB: usize = 1;
const EVE: usize = 2;

impl Three {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("as it should be");
        let file = folder.path().join("tokens");
        let tokens = ["a", "b", "e"].map(|letter| letter.repeat(40));
        let lines = format!("{} alice team\n{} bob team\n{} eve other\n", tokens[0], tokens[1], tokens[2]);
        std::fs::File::create(&file).expect("as it should be").write_all(lines.as_bytes()).expect("as it should be");
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("as it should be");
        let mut config = Config::default();
        config.access = Access::new(Some(&file), None).expect("as it should be");
        Self { server: Server::start_with(config), bearers: tokens.map(|token| format!("Bearer {token}")) }
    }

    fn ask(&self, who: usize, method: &str, params: Value) -> Value {
        let answer = early(&self.server, &[("Authorization", &self.bearers[who])], &message(method, params));
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        answer.json()
    }

    fn call(&self, who: usize, tool: &str, arguments: &Value) -> Value {
        call_with(&self.server, &[("Authorization", &self.bearers[who])], tool, arguments)
    }

    fn done(&self, who: usize, tool: &str, arguments: &Value) -> Value {
        let result = self.call(who, tool, arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        result["structuredContent"].clone()
    }
}

/// Alice keeps one entry of each type, a prompt, and one in the trash; answers the note's id.
fn filled(three: &Three) -> Value {
    let base = |more: Value| {
        let mut all = json!({"source": "src", "tags": ["t"], "description": format!("{SECRET} description")});
        for (name, value) in more.as_object().expect("as it should be") {
            all[name] = value.clone();
        }
        all
    };
    let keep = |tool: &str, arguments: Value| three.done(ALICE, tool, &arguments);
    let note = keep("remember", base(json!({"content": SECRET, "logical_key": "k"})))["id"].clone();
    keep("remember", base(json!({"related_ids": [note]})));
    keep("learn_pattern", base(json!({"effect": SECRET})));
    keep("add_context", base(json!({})));
    keep("set_preference", json!({"key": "colour", "value": SECRET}));
    keep("report_status", json!({"source": "src", "tags": [], "metrics": {"word": SECRET}}));
    keep(
        "report_alert",
        json!({"source": "src", "tags": ["t"], "alert_id": "a", "level": "critical", "alert_type": "threshold", "message": SECRET}),
    );
    keep("suppress_alert", json!({"source": "elsewhere", "reason": SECRET}));
    keep("remind", json!({"goal": SECRET, "source": "src", "tags": ["t"], "deliver_at": "2020-01-01T00:00:00Z"}));
    keep(
        "register_schema",
        base(json!({"family": "f", "version": "1", "schema": {"type": "object", "title": SECRET}})),
    );
    keep(
        "create_record",
        base(json!({"logical_key": "r", "schema_ref": "f", "schema_version": "1", "content": {"a": SECRET}})),
    );
    keep("acted_on", json!({"entry_id": note, "action": "looked", "detail": SECRET}));
    keep("update_entry", json!({"entry_id": note, "content": format!("{SECRET} again")}));
    let prompt =
        json!({"source": "custom-prompt", "tags": [], "description": SECRET, "content": SECRET, "logical_key": "mine"});
    keep("remember", prompt);
    let gone = keep("remember", base(json!({"tags": ["trash"]})))["id"].clone();
    keep("delete_entry", json!({"entry_id": gone}));
    note
}

/// The arguments that a tool's schema asks for, and those that find most.
fn arguments(tool: &str, schema: &Value, note: &Value) -> Value {
    let mut given = Map::new();
    let needed = schema["required"].as_array().cloned().unwrap_or_default();
    let needed: BTreeSet<&str> = needed.iter().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let is_wanted = needed.contains(name.as_str()) || ["entry_id", "query", "hint"].contains(&name.as_str());
        if !is_wanted {
            continue;
        }
        let value = match (name.as_str(), property["type"].as_str()) {
            ("entry_id", _) => note.clone(),
            ("source", _) => json!("src"),
            ("alert_id", _) => json!("a"),
            ("level", _) => json!("warning"),
            ("alert_type", _) => json!("threshold"),
            ("state", _) => json!("completed"),
            ("schema_ref" | "family", _) => json!("f"),
            ("schema_version" | "version", _) => json!("1"),
            ("logical_key", _) => json!("k"),
            ("query" | "hint", _) => json!("description"),
            ("event_type", _) => json!("tool.invoked"),
            ("id", _) => json!("01a1fdc7-c96a-7dad-b30f-f9b31d1d5b78"),
            (_, Some("array")) => json!(["t"]),
            (_, Some("object")) => json!({}),
            _ => json!("x"),
        };
        given.insert(name.clone(), value);
    }
    if tool == "record_event" {
        given.insert("event_type".to_owned(), json!("tool.invoked"));
    }
    given.into()
}

/// The tools, resources and prompts through which somebody comes upon the secret.
fn walk(three: &Three, who: usize, note: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut look = |name: String, answer: &Value| {
        if answer.to_string().contains(SECRET) {
            found.insert(name);
        }
    };
    let mut addresses: Vec<String> = Vec::new();
    for resource in
        three.ask(who, "resources/list", json!({}))["result"]["resources"].as_array().expect("as it should be")
    {
        addresses.push(resource["uri"].as_str().expect("as it should be").to_owned());
    }
    for template in three.ask(who, "resources/templates/list", json!({}))["result"]["resourceTemplates"]
        .as_array()
        .expect("as it should be")
    {
        addresses.push(template["uriTemplate"].as_str().expect("as it should be").replace("{source}", "src"));
    }
    for address in addresses {
        look(address.clone(), &three.ask(who, "resources/read", json!({"uri": address})));
    }
    let prompts = three.ask(who, "prompts/list", json!({}));
    look("prompts/list".to_owned(), &prompts);
    let listed = prompts["result"]["prompts"].as_array().expect("as it should be").clone();
    let names = listed.iter().map(|prompt| prompt["name"].as_str().expect("as it should be").to_owned());
    // By its name she might ask for what is not listed.
    for name in names.chain(["user/mine".to_owned()]) {
        let asked = json!({"name": name, "arguments": {"repo_name": "t", "source": "src"}});
        look(name, &three.ask(who, "prompts/get", asked));
    }
    for argument in ["source", "tags", "tool"] {
        let asked = json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": argument, "value": ""}});
        let answer = three.ask(who, "completion/complete", asked);
        if who == EVE && argument != "tool" {
            let values = answer["result"]["completion"]["values"].as_array().expect("as it should be");
            assert!(values.iter().all(|value| value != "trash" && value != "elsewhere"), "{answer}");
        }
        look(format!("complete {argument}"), &answer);
    }
    // Last, since some of them change what the others show.
    let tools = three.ask(who, "tools/list", json!({}))["result"]["tools"].as_array().expect("as it should be").clone();
    assert_eq!(tools.len(), 38);
    for tool in &tools {
        let name = tool["name"].as_str().expect("as it should be");
        look(name.to_owned(), &three.call(who, name, &arguments(name, &tool["inputSchema"], note)));
    }
    found
}

#[test]
fn a_space_is_shared_by_its_members_and_shut_to_everybody_else() {
    let three = Three::new();
    let note = filled(&three);
    let before = three.done(ALICE, "get_knowledge", &json!({"include_history": "true"}));
    // Twice: the second time she has entries of her own.
    for _ in 0..2 {
        assert_eq!(walk(&three, EVE, &note), BTreeSet::new());
    }
    // Nothing of hers touched anything of theirs.
    assert_eq!(three.done(ALICE, "get_knowledge", &json!({"include_history": "true"})), before);
    let stats = three.done(ALICE, "get_stats", &json!({}));
    assert_eq!(stats["entries"]["alert"], 1, "{stats}");

    // The control: the same walk by somebody of the space finds it nearly everywhere.
    let found = walk(&three, BOB, &note);
    for name in [
        "get_briefing",
        "get_alerts",
        "get_knowledge",
        "get_suppressions",
        "get_deleted",
        "get_actions",
        "get_intentions",
        "get_unread",
        "search",
        "awareness://knowledge",
        "awareness://alerts/src",
        "prompts/list",
        "user/mine",
        "project_context",
    ] {
        assert!(found.contains(name), "Bob does not find it through `{name}`: {found:?}");
    }
}

#[test]
fn what_alice_kept_bob_reads_and_both_are_named() {
    let three = Three::new();
    let id = three.done(ALICE, "remember", &json!({"source": "s", "tags": [], "description": SECRET}))["id"].clone();
    let page = three.done(BOB, "get_knowledge", &json!({}));
    assert_eq!(page["entries"][0]["id"], id);
    three.server.audit.flush().expect("as it should be");
    let events = three.server.audit.query(&Filter::new(), &PageRequest::default()).expect("as it should be").events;
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.credential.as_deref().expect("as it should be"),
                event.space.as_str(),
                event.get(Column::Tool).expect("as it should be"),
            )
        })
        .collect();
    assert_eq!(told, [("bob", "team", "get_knowledge"), ("alice", "team", "remember")]);
}
