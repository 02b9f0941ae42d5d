//! What rows say of events as hooks, servers and libraries make them.

use annals_event::{Column, EventId, Outcome, Phase, ProducerId, StoredEvent, Timestamp};

use super::{Summary, agent, happened, problem, summary};

fn event(event_type: &str, texts: &[(Column, &str)], details: &str) -> StoredEvent {
    let at = Timestamp::from_nanos(0);
    StoredEvent {
        seq: 0,
        id: EventId::from_bytes([0; 16]),
        event_type: event_type.to_owned(),
        created_at: at,
        recorded_at: at,
        occurred_at: None,
        space: "default".to_owned(),
        credential: None,
        producer: ProducerId::from_bytes([0; 16]),
        pseq: 0,
        phase: Phase::Single,
        outcome: None,
        duration_ms: None,
        n_redacted: 0,
        texts: texts.iter().copied().collect(),
        details: (!details.is_empty()).then(|| details.to_owned()),
        erased_by: None,
    }
}

#[test]
fn the_most_telling_thing_is_shown() {
    use Column::{ActorName, Client, PlanId, ProjectName, Resource, Tool};
    let body = "{\"bytes\":812,\"sha256\":\"ab\"}";
    for (event_type, texts, details, shown) in [
        ("tool.invoked", &[(Tool, "bash")][..], "{\"command\":\" ls\\nrm x\"}", "ls …"),
        (
            "tool.invoked",
            &[(Tool, "Bash"), (Resource, ".env")],
            "{\"arguments\":{\"command\":\"cat .env\"}}",
            "cat .env",
        ),
        ("tool.invoked", &[(Tool, "Bash")], "{\"arguments\":{\"command\":{\"cut\":\"cat a\",\"bytes\":9}}}", "cat a …"),
        ("tool.invoked", &[(Tool, "Grep"), (Resource, "src")], "{\"arguments\":{\"pattern\":\"TODO\"}}", "TODO in src"),
        ("tool.invoked", &[(Tool, "Glob")], "{\"arguments\":{\"pattern\":\"**/*.rs\"}}", "**/*.rs"),
        ("tool.invoked", &[(Tool, "Read"), (Resource, "src/a.rs")], "{\"arguments\":{\"limit\":3}}", "src/a.rs"),
        ("tool.invoked", &[(Tool, "Task")], "{\"arguments\":{\"description\":\"find it\",\"prompt\":{}}}", "find it"),
        (
            "tool.invoked",
            &[(Tool, "x")],
            &format!("{{\"arguments\":{{\"body\":{body},\"n\":3,\"ok\":true,\"to\":\"b\"}}}}"),
            "n: 3, ok: true, to: b, body: 812 bytes",
        ),
        ("tool.invoked", &[(Tool, "x")], "{\"arguments\":{\"bytes\":99}}", "99 bytes"),
        ("tool.invoked", &[(Tool, "x")], "{\"arguments\":\"[REDACTED]\"}", ""),
        ("tool.invoked", &[(Tool, "x")], "", ""),
        ("plan_applied", &[(PlanId, "P-7")], "", "plan P-7"),
        ("approval.requested", &[(Tool, "Bash")], "{\"arguments\":{\"command\":\"ls\"}}", "Bash: ls"),
        ("approval.requested", &[(Tool, "Read"), (Resource, ".env")], "{}", "Read: .env"),
        (
            "session.created",
            &[(ProjectName, "shop"), (Client, "c"), (Resource, "startup")],
            "{\"source\":\"startup\"}",
            "startup in shop with c",
        ),
        ("session.ended", &[(ProjectName, "shop")], "{}", "in shop"),
        (
            "session.notified",
            &[],
            &format!("{{\"hook\":\"UserPromptSubmit\",\"prompt\":{body}}}"),
            "prompt of 812 bytes",
        ),
        ("session.notified", &[], "{\"hook\":\"UserPromptSubmit\",\"prompt\":\"abc\"}", "prompt of 3 bytes"),
        ("session.notified", &[], "{\"hook\":\"Notification\",\"message\":\"waits\"}", "waits"),
        ("session.notified", &[], "{\"hook\":\"Stop\"}", ""),
        ("session.notified", &[], "{\"problem\":\"no JSON\"}", "no JSON"),
        ("session.notified", &[(Resource, "src")], "{\"hook\":\"CwdChanged\"}", "src"),
        ("actor.invoked", &[(ActorName, "Explore")], "{}", "Explore"),
        (
            "audit.gap",
            &[],
            "{\"producer\":\"000102030405060708090a0b0c0d0e0f\",\"reason\":\"shed\",\"after_pseq\":null,\"count\":3}",
            "3 events lost: shed",
        ),
        ("audit.gap", &[], "{\"producer\":\"no\"}", ""),
    ] {
        let Summary { text, path } = summary(&event(event_type, texts, details), "");
        assert_eq!(text + path.as_deref().unwrap_or_default(), shown, "{event_type} {details}");
    }
}

#[test]
fn subagents_clients_and_approvals_are_told_apart() {
    use Column::{ActorName, Client, ParentId, Tool};
    for (texts, shown) in [
        (&[(ActorName, "claude-code"), (Client, "claude-code")][..], "claude-code"),
        (&[(ActorName, "Explore"), (Client, "claude-code"), (ParentId, "op")], "↳ Explore"),
        (&[(ActorName, "bot"), (ParentId, "op")], "bot"),
        (&[(ActorName, "bot"), (Client, "cli")], "bot (cli)"),
        (&[(Client, "cli")], "cli"),
        (&[], ""),
    ] {
        assert_eq!(agent(&event("tool.invoked", texts, "")), shown);
    }
    let run = event("actor.invoked", &[(ActorName, "Explore"), (Client, "claude-code")], "");
    assert_eq!((agent(&run).as_str(), &*happened(&run)), ("↳ Explore", "actor.invoked"));
    assert_eq!(happened(&event("tool.invoked", &[(Tool, "Bash")], "")), "Bash");
    assert_eq!(happened(&event("approval.requested", &[(Tool, "Bash")], "")), "approval.requested");
    for (event_type, details, shown) in [
        ("session.notified", "{\"hook\":\"Stop\"}", "Stop"),
        ("session.notified", "{\"hook\":\"\"}", "session.notified"),
        ("session.notified", "{\"hook\":7}", "session.notified"),
        ("session.notified", "", "session.notified"),
        ("session.ended", "{\"hook\":\"SessionEnd\"}", "session.ended"),
    ] {
        assert_eq!(happened(&event(event_type, &[], details)), shown);
    }
}

#[test]
fn what_went_wrong_is_the_first_line_that_is_kept() {
    for (outcome, details, shown) in [
        (Outcome::Failure, "{\"error\":\"no such file\"}", Some("no such file")),
        (Outcome::Failure, "{\"error\":{\"cut\":\"Exit code 1\",\"bytes\":70}}", Some("Exit code 1 …")),
        (Outcome::Failure, "{\"error\":{\"bytes\":70}}", None),
        (Outcome::Failure, "{\"error\":\"[REDACTED]\"}", None),
        (Outcome::Denied, "{\"reason\":\"not here\"}", Some("not here")),
        (Outcome::Success, "{\"error\":\"none\"}", None),
        (Outcome::Failure, "", None),
    ] {
        let event = StoredEvent { outcome: Some(outcome), ..event("tool.invoked", &[], details) };
        assert_eq!(problem(&event).as_deref(), shown, "{details}");
    }
}
