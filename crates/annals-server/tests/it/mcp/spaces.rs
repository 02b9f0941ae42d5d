//! Who may see what, over MCP.

use std::io::Write;

use annals_server::{Access, Config};
use serde_json::{Value, json};

use super::over_http::{early, message};
use crate::server::Server;

#[test]
fn a_space_sees_nothing_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    let (a, b) = ("a".repeat(40), "b".repeat(40));
    std::fs::File::create(&file).unwrap().write_all(format!("{a} alice red\n{b} bob blue\n").as_bytes()).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut config = Config::default();
    config.access = Access::new(Some(&file), None).unwrap();
    let server = Server::start_with(config);
    let (red, blue) = (format!("Bearer {a}"), format!("Bearer {b}"));
    let call = |bearer: &str, name: &str, arguments: Value| {
        let answer = early(
            &server,
            &[("Authorization", bearer)],
            &message("tools/call", json!({"name": name, "arguments": arguments})),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["result"]["structuredContent"].clone()
    };
    let event = json!({"event_type": "tool.invoked", "tool": "secret-tool", "wait": "sealed"});
    let id = call(&red, "record_event", event)["id"].clone();
    let own = call(&red, "get_event", json!({"id": id}));
    assert_eq!((&own["space"], &own["credential"]), (&json!("red"), &json!("alice")));
    for tool in ["get_event", "get_receipt"] {
        assert_eq!(call(&blue, tool, json!({"id": id}))["error"]["code"], "not_found", "{tool}");
    }
    assert_eq!(call(&blue, "query_events", json!({"tool": "secret-tool"}))["events"], json!([]));
    assert_eq!(call(&blue, "event_stats", json!({"tool": "secret-tool"}))["n_events"], 0);
    assert_eq!(call(&red, "event_stats", json!({"tool": "secret-tool"}))["n_events"], 1);
    // Verifying reads all of it and shows none of it.
    let report = call(&blue, "verify_log", json!({}));
    assert!(report["verdict"] == "sound" && !report.to_string().contains("secret-tool"), "{report}");
    let completed = message(
        "completion/complete",
        json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "tool", "value": "secret"}}),
    );
    let of = |bearer: &str| {
        early(&server, &[("Authorization", bearer)], &completed).json()["result"]["completion"]["values"].clone()
    };
    assert_eq!((of(&blue), of(&red)), (json!([]), json!(["secret-tool"])));
    // Nobody at all is not let in.
    let nobody = early(&server, &[], &message("tools/list", json!({})));
    assert_eq!(nobody.status, 401);
    assert!(nobody.header("www-authenticate").unwrap().starts_with("Bearer"));
}
