//! An event whose every text is hostile.

use std::fmt::Write;

use serde_json::{Value, json};

/// Markup that would run, a terminal's commands, and characters that turn or hide what stands beside them.
const HOSTILE: &str = "\"><script>pwned=1</script><img src=x onerror=pwned=1><b style=position:fixed>x</b>\u{1b}[31m\u{202e}evil\u{2066}\u{200b}&lt;javascript:pwned=1";
/// A session's name, which stands in a path.
const SESSION: &str = "../..\"><img src=x onerror=pwned=1>?#%2e%2e/\u{202e}end";

/// The event.
pub(crate) fn event() -> Value {
    let mut event = json!({
        "event_type": "tool.invoked",
        "session_id": SESSION,
        "decision": "deny",
        "outcome": "failure",
        "details": {"error": HOSTILE, "arguments": {"command": HOSTILE, HOSTILE: HOSTILE}, "</pre></code><script>pwned=1</script>": [HOSTILE]},
    });
    for column in [
        "operation_id",
        "user_identity",
        "on_behalf_of",
        "actor_name",
        "agent_version",
        "model",
        "client",
        "project_name",
        "plan_id",
        "root_plan_id",
        "correlation_id",
        "parent_id",
        "tool",
        "resource",
        "policy",
        "approver",
        "host",
    ] {
        event[column] = HOSTILE.into();
    }
    event
}

/// Its session's view.
pub(crate) fn session_path() -> String {
    format!("/sessions/{}", encoded(SESSION))
}

/// A timeline that is asked for by it.
pub(crate) fn query_path() -> String {
    format!("/events?tool={}&session={}", encoded(HOSTILE), encoded(SESSION))
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}
