//! Laws of editing, for settings of any shape, and the shapes that real files have.

use std::collections::BTreeMap;

use annals::{Value, json};
use proptest::prelude::*;

use super::{Own, look, put_in, take_out};
use crate::arguments::Client;

fn own() -> Own {
    Own { program: "/opt/annals".to_owned(), data: Some("/data".to_owned()) }
}

/// Puts in twice and takes out, and gives the text in between.
#[track_caller]
fn check(client: Client, text: &str, expected: &str) {
    let new = put_in(client, text.as_bytes(), &own()).unwrap();
    let shown = String::from_utf8(new.clone()).unwrap();
    assert_eq!(shown, expected, "\n{shown}");
    assert_eq!(put_in(client, &new, &own()).unwrap(), new, "twice is once");
    let seen = look(client, &new).unwrap();
    assert!(seen.missing.is_empty(), "{seen:?}");
    let out = String::from_utf8(take_out(client, &new).unwrap()).unwrap();
    assert!(!out.contains("annals"), "{out}");
}

#[test]
fn a_server_is_wrapped_in_the_style_of_its_file() {
    let c = Client::Cursor;
    check(
        c,
        "{\n\t// mine\n\t\"mcpServers\": {\n\t\t\"a\": { \"command\": \"npx\", \"args\": [\"-y\", \"x\",], }, // c\n\t},\n}",
        "{\n\t// mine\n\t\"mcpServers\": {\n\t\t\"a\": { \"command\": \"/opt/annals\", \"args\": [\"wrap\", \"--data\", \"/data\", \"--\", \"npx\", \"-y\", \"x\",], }, // c\n\t},\n}",
    );
    check(
        c,
        r#"{"mcpServers":{"a":{"command":"n\u0070x","args":["x"]},"b":{"command":"y"},"c":{"args":[],"command":"z"}}}"#,
        r#"{"mcpServers":{"a":{"command":"/opt/annals","args":["wrap","--data","/data","--","n\u0070x","x"]},"b":{"command":"/opt/annals","args":["wrap","--data","/data","--","y"]},"c":{"args":["wrap","--data","/data","--","z"],"command":"/opt/annals"}}}"#,
    );
    check(
        c,
        "\u{feff}{\r\n  \"mcpServers\": {\r\n    \"a\": {\r\n      \"args\": [\r\n        \"x\"\r\n      ],\r\n      \"command\": \"c\"\r\n    },\r\n    \"b\": {\r\n      \"command\": \"d\"\r\n    }\r\n  }\r\n}\r\n",
        "\u{feff}{\r\n  \"mcpServers\": {\r\n    \"a\": {\r\n      \"args\": [\r\n        \"wrap\",\r\n        \"--data\",\r\n        \"/data\",\r\n        \"--\",\r\n        \"c\",\r\n        \"x\"\r\n      ],\r\n      \"command\": \"/opt/annals\"\r\n    },\r\n    \"b\": {\r\n      \"command\": \"/opt/annals\",\r\n      \"args\": [\"wrap\", \"--data\", \"/data\", \"--\", \"d\"]\r\n    }\r\n  }\r\n}\r\n",
    );
}

#[test]
fn an_entry_of_another_path_is_brought_up_to_date() {
    let old = r#"{"servers": {"a": {"command": "/old/annals", "args": ["wrap", "--data=/old", "--mine", "--", "npx", "x"]}}}"#;
    check(
        Client::Vscode,
        old,
        r#"{"servers": {"a": {"command": "/opt/annals", "args": ["wrap", "--data", "/data", "--mine", "--", "npx", "x"]}}}"#,
    );
    let old = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "/old/annals hook claude-code --fail-closed"}]}]}}"#;
    let new = String::from_utf8(put_in(Client::ClaudeCode, old.as_bytes(), &own()).unwrap()).unwrap();
    assert!(new.contains("/opt/annals hook claude-code --data /data --fail-closed") && !new.contains("/old"), "{new}");
    assert_eq!(new.matches("\"Stop\"").count(), 1);
}

#[test]
fn servers_that_we_do_not_start_are_left_alone() {
    let text = r#"{"mcpServers": {"a": {"url": "https://x"}, "b": {"type": "sse", "command": "x"}, "c": 1, "d": {"command": "npx -y x"}, "e": {"command": "x", "args": [1]}, "f": {"command": "x", "args": "y"}}}"#;
    assert_eq!(put_in(Client::ClaudeDesktop, text.as_bytes(), &own()).unwrap(), text.as_bytes());
    let notes = look(Client::ClaudeDesktop, text.as_bytes()).unwrap().notes;
    assert_eq!(notes.len(), 6, "{notes:?}");
}

#[test]
fn foreign_hooks_stay() {
    let text = "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      // mine\n      { \"matcher\": \"Bash\", \"hooks\": [{ \"type\": \"command\", \"command\": \"x\" }] }\n    ],\n    \"Mine\": []\n  }\n}\n";
    let new = put_in(Client::ClaudeCode, text.as_bytes(), &own()).unwrap();
    assert!(String::from_utf8_lossy(&new).contains(
        "// mine\n      { \"matcher\": \"Bash\", \"hooks\": [{ \"type\": \"command\", \"command\": \"x\" }] }"
    ));
    assert_eq!(look(Client::ClaudeCode, &new).unwrap().n_ours, 18);
    let out = String::from_utf8(take_out(Client::ClaudeCode, &new).unwrap()).unwrap();
    assert_eq!(out, text);
}

#[test]
fn a_hook_is_one_line_in_every_file() {
    let entry = |matcher: &str| {
        format!(
            r#"{{{matcher}"hooks": [{{"type": "command", "command": "/opt/annals hook claude-code --data /data", "timeout": 10}}]}}"#
        )
    };
    let (all, plain) = (entry(r#""matcher": "*", "#), entry(""));
    for (text, n_lines) in [
        ("", 22),
        ("{}", 22),
        ("{\n  \"model\": \"x\"\n}\n", 23),
        ("{\n\t\"model\": \"x\", // mine\n\t\"hooks\": {\n\t},\n}\n", 23),
        ("{\n  \"hooks\": {\n    \"Stop\": [\n      {\n        \"hooks\": []\n      }\n    ]\n  }\n}\n", 27),
    ] {
        let new = String::from_utf8(put_in(Client::ClaudeCode, text.as_bytes(), &own()).unwrap()).unwrap();
        assert_eq!(new.lines().count(), n_lines, "{new}");
        let indent = if text.contains('\t') { "\t\t" } else { "    " };
        assert!(new.contains(&format!("\n{indent}\"PreToolUse\": [{all}],\n")), "{new}");
        assert_eq!((new.matches(&all).count(), new.matches(&plain).count()), (15, 3), "{new}");
    }
}

#[test]
fn what_cannot_be_edited_is_refused_with_its_place() {
    for (text, line, column, problem) in [
        ("{\n  \"a\": }", 2, 8, "valid JSON"),
        ("[]", 1, 1, "not an object"),
        ("{\"hooks\": 1}", 1, 11, "`hooks` is not an object"),
        ("{\"hooks\": {\n\"Stop\": {}}}", 2, 9, "`hooks.Stop` is not an array"),
        ("{\"hooks\": {\"Stop\": [{}]}}", 1, 21, "entry of `hooks.Stop`"),
        ("{\"a\": {\"ä\": 1,\n \"ä\": 2}}", 2, 2, "stands twice"),
        ("{'a': 1}", 1, 2, "valid JSON"),
        ("{\"a\": 1} {}", 1, 10, "valid JSON"),
    ] {
        let unfit = put_in(Client::ClaudeCode, text.as_bytes(), &own()).unwrap_err();
        assert_eq!((unfit.line, unfit.column), (line, column), "{text}: {unfit:?}");
        assert!(unfit.problem.contains(problem), "{text}: {unfit:?}");
    }
    let unfit = put_in(Client::ClaudeCode, b"{\n\"\xff\": 1}", &own()).unwrap_err();
    assert_eq!((unfit.line, unfit.column), (2, 2));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Settings in which some members are of the kind that setup looks at.
fn any_settings() -> impl Strategy<Value = Value> {
    let server = prop_oneof![
        any_value(),
        ("[a-z/ ]{0,9}", prop::collection::vec(".{0,5}", 0..4), any_value())
            .prop_map(|(command, args, env)| json!({"command": command, "args": args, "env": env})),
        "[a-z]{1,5}".prop_map(|command| json!({"command": command})),
    ];
    let servers =
        prop::collection::btree_map(".{0,5}", server, 0..4).prop_map(|map| Value::Object(map.into_iter().collect()));
    let group = (any_value(), any::<bool>()).prop_map(|(other, is_filled)| {
        let hooks = if is_filled { json!([{"type": "command", "command": "x", "other": other}]) } else { json!([]) };
        json!({"matcher": "Bash", "hooks": hooks})
    });
    let hooks = prop::collection::btree_map("Stop|PreToolUse|Mine", prop::collection::vec(group, 0..3), 0..3)
        .prop_map(|map| json!(map));
    let others = prop::collection::btree_map(".{0,6}", any_value(), 0..4);
    (others, prop::option::of(servers), prop::option::of(hooks)).prop_map(|(others, servers, hooks)| {
        let mut settings: BTreeMap<String, Value> = others;
        settings.extend(servers.map(|servers| ("mcpServers".to_owned(), servers)));
        settings.extend(hooks.map(|hooks| ("hooks".to_owned(), hooks)));
        json!(settings)
    })
}

proptest! {
    #[test]
    fn every_other_member_stays(settings in any_settings(), is_pretty in any::<bool>()) {
        let text = if is_pretty { format!("{settings:#}") } else { settings.to_string() };
        for client in [Client::ClaudeCode, Client::Cursor] {
            let Ok(new) = put_in(client, text.as_bytes(), &own()) else { continue };
            prop_assert_eq!(&put_in(client, &new, &own()).unwrap(), &new);
            let value: Value = String::from_utf8(new.clone()).unwrap().parse().unwrap();
            let out: Value = String::from_utf8(take_out(client, &new).unwrap()).unwrap().parse().unwrap();
            let member = if client == Client::ClaudeCode { "hooks" } else { "mcpServers" };
            for (name, old) in settings.as_object().unwrap() {
                if name != member {
                    prop_assert_eq!(&value[name], old);
                    prop_assert_eq!(&out[name], old);
                }
            }
            // Our own edits are never refused by the check on them.
            prop_assert!(look(client, &new).unwrap().missing.is_empty());
        }
    }
}
