//! The closed list of types, what a service may add to it, and the nearest known one.

use super::*;

#[test]
fn the_taxonomy_is_complete() {
    let types = Types::standard();
    assert_eq!(types.iter().count(), 9 + 45);
    for name in Types::audited().iter().copied().chain(types.iter()) {
        assert_eq!(types.check(name), Ok(()), "{name}");
    }
    assert_eq!(types.expand("tool.*"), ["tool.completed", "tool.errored", "tool.invoked", "tool.retried"]);
    assert_eq!(types.expand("plan_applied"), ["plan_applied"]);
    assert!(types.expand("audit.*").contains(&"audit.gap".to_owned()));
    assert!(types.expand("*").len() > 55);
    for nothing in ["tool", "tool*", "no.*", "", "Tool.*"] {
        assert!(types.expand(nothing).is_empty(), "{nothing}");
    }
}

fn check(misspelt: &str, proposed: Option<&str>) {
    let error = Types::standard().check(misspelt).expect_err(misspelt);
    assert_eq!(error.kind(), InvalidKind::UnknownType);
    match proposed {
        Some(name) => assert!(error.to_string().contains(&format!("did you mean `{name}`?")), "{error}"),
        None => assert!(!error.to_string().contains("did you mean"), "{error}"),
    }
}

#[test]
fn the_nearest_known_type_is_proposed() {
    check("plan_aplied", Some("plan_applied"));
    check("tool.invoke", Some("tool.invoked"));
    check("tool_invoked", Some("tool.invoked"));
    check("Tool.Invoked", Some("tool.invoked"));
    check("tool/invoked", Some("tool.invoked"));
    check("resource-modified", Some("resource_modified"));
    check("auth_fail", Some("auth_failure"));
    check("zzzzzzzzzzzz", None);
    check(&"tool.invoked".repeat(1000), None);
    check("auditor", None);
}

#[test]
fn own_types_are_registered_on_one_service_alone() {
    let types = Types::with(["deploy.started", "deploy_2", "tool.invoked", "deploy.started"]).unwrap();
    assert_eq!(types.check("deploy.started"), Ok(()));
    assert_eq!(types.expand("deploy.*"), ["deploy.started"]);
    assert!(types.check("deploy.startd").unwrap_err().to_string().contains("`deploy.started`"));
    assert!(Types::standard().check("deploy.started").is_err());
    for (name, kind) in [
        ("audit.gap", InvalidKind::Reserved),
        ("audit.mine", InvalidKind::Reserved),
        ("audit", InvalidKind::Reserved),
        ("", InvalidKind::Malformed),
        ("Deploy", InvalidKind::Malformed),
        ("a..b", InvalidKind::Malformed),
        (".a", InvalidKind::Malformed),
        ("a b", InvalidKind::Malformed),
        ("1a", InvalidKind::Malformed),
        ("tool.*", InvalidKind::Malformed),
    ] {
        assert_eq!(Types::with([name]).expect_err(name).kind(), kind, "{name}");
    }
    assert!(Types::with(["x".repeat(65)]).is_err());
}
