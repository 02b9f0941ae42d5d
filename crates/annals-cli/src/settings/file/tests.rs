//! What the settings file may say, and how its mistakes are told.

use super::read;

#[track_caller]
fn check(text: &str, expected: &[(&str, &str)]) {
    let found = read(text).unwrap();
    let found: Vec<_> = found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check_refused(text: &str, parts: &[&str]) {
    let failure = read(text).unwrap_err();
    for part in parts {
        assert!(failure.message().contains(part), "`{}` lacks `{part}`", failure.message());
    }
    assert!(!failure.message().contains('\n'), "{}", failure.message());
}

#[test]
fn values_become_what_a_flag_would_say() {
    check("", &[]);
    check("audit_async = false", &[("audit_async", "false")]);
    check("audit_batch_max = 12", &[("audit_batch_max", "12")]);
    check(
        "audit_event_types = [\"deploy.started\", \"deploy.ended\"]",
        &[("audit_event_types", "deploy.started,deploy.ended")],
    );
    check("database_url = \"sqlite:x.db\"", &[("database_url", "sqlite:x.db")]);
}

#[test]
fn mistakes_name_the_line_or_the_key() {
    check_refused("a = 1\nb = = 2", &["line 2 is no TOML", "hint:"]);
    check_refused("data = \"x\"", &["`data`", "--data"]);
    check_refused("[audit]\nasync = true", &["`audit` is a table"]);
    check_refused("audit_batch_max = 1.5", &["`audit_batch_max` is a float"]);
}
