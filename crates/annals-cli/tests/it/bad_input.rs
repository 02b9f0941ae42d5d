//! Bad input: each message names the field, the problem and what would be right; nothing is recorded.

use crate::bed::Bed;

#[track_caller]
fn check(bed: &Bed, arguments: &[&str], parts: &[&str]) {
    bed.run(&[&["record"], arguments].concat()).refused(2, parts);
}

#[test]
fn a_bad_event_is_refused() {
    let bed = Bed::new();
    let event = ["--type", "tool.invoked"];
    for (details, parts) in [
        ("", &["`details`", "empty"][..]),
        ("{", &["`details`", "not JSON"]),
        ("[1]", &["`details`", "JSON object"]),
        ("\"text\"", &["`details`", "JSON object"]),
        ("{\"a\":\"\\u0000\"}", &["`details", "NUL"]),
        ("{\"a\":9007199254740993}", &["`details.a`", "2^53"]),
        ("{\"a\":{\"b\":[1,18446744073709551616]}}", &["`details.a.b[1]`", "2^53"]),
        ("{\"a\":-9007199254740993}", &["`details.a`", "2^53"]),
        ("{\"a\":1,\"a\":2}", &["`details`", "twice"]),
    ] {
        check(&bed, &[&event[..], &["--details", details]].concat(), parts);
    }
    let deep = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    check(&bed, &[&event[..], &["--details", &deep]].concat(), &["`details", "nested deeper"]);
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(70_000));
    check(&bed, &[&event[..], &["--details", &large]].concat(), &["`details`", "65536", "hint:"]);
    check(&bed, &["--type", "tool.invokd"], &["`event_type`", "tool.invokd", "did you mean `tool.invoked`?"]);
    check(&bed, &["--type", "audit.gap"], &["`event_type`", "audit."]);
    check(&bed, &["--type", ""], &["type"]);
    check(&bed, &["--type", "tool.invoked", "--tool", ""], &["`tool`", "empty", "hint:"]);
    check(&bed, &["--type", "tool.invoked", "--tool", &"x".repeat(9_000)], &["`tool`", "8192", "hint:"]);
    check(&bed, &["--type", "tool.invoked", "--traceparent", "x"], &["`traceparent`", "hint:"]);
    check(&bed, &["--type", "tool.invoked", "--decision", "perhaps"], &["`decision`", "perhaps", "allow"]);
    check(&bed, &["--type", "tool.invoked", "--phase", "intent"], &["`operation_id`"]);
    assert!(!bed.data().join("annals.db").exists(), "nothing was recorded, so that nothing was made");
}

#[test]
fn what_is_too_long_is_refused_by_its_size() {
    let bed = Bed::new();
    let ten_mb = format!("{{\"a\":\"{}\"}}", "x".repeat(10_000_000));
    let ran = bed.feed(&["record", "--type", "tool.invoked", "--details", "-"], &ten_mb);
    ran.refused(2, &["`details`", "standard input", "bytes", "hint:"]);
    let ran = bed.feed(&["record", "--type", "tool.invoked", "--details", "-"], b"{\"a\":\"\xff\"}");
    ran.refused(2, &["`details`", "UTF-8"]);
    assert_eq!(bed.count(), 0);
}

#[test]
fn bad_words_are_told_in_one_line() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    for (arguments, parts) in [
        (&[][..], &["command", "annals --help"][..]),
        (&["recrd"], &["recrd", "record"]),
        (&["record"], &["--type", "annals record --help"]),
        (&["record", "--type", "tool.invoked", "--seq", "3"], &["--seq"]),
        (&["record", "--ndjson", "x", "--tool", "bash"], &["`tool`", "--ndjson"]),
        (&["record", "--strict", "--type", "tool.invoked"], &["--ndjson"]),
        (&["record", "--type", "tool.invoked", "--outcome", "ok"], &["--outcome", "ok", "success"]),
        (&["record", "--type", "tool.invoked", "--duration-ms", "-1"], &["-1"]),
        (&["query", "--since", "20.11.2026"], &["--since", "20.11.2026", "hint: give 2h"]),
        (&["query", "--limit", "0"], &["--limit", "1 to 1000"]),
        (&["query", "--limit", "1001"], &["--limit", "1 to 1000"]),
        (&["query", "--cursor", "x7"], &["--cursor", "x7", "hint:"]),
        (&["query", "--cursor", "n7", "--order", "oldest"], &["`cursor`", "order"]),
        (&["query", "--seq", "9..3"], &["--seq", "9..3", "hint:"]),
        (&["query", "--outcome", "success,ok"], &["--outcome", "ok"]),
        (&["query", "--type", "tool.invokd"], &["tool.invokd", "did you mean `tool.invoked`?"]),
        (&["query", "--type", "tol.*"], &["tol.*", "`tool.*`"]),
        (&["query", "--type", "xyzzy.*"], &["xyzzy.*", "hint:"]),
        (&["query", "--format", "xml"], &["xml"]),
        (&["query", "--json", "--format", "csv"], &["--json"]),
        (&["tail", "--cursor", "n7"], &["`cursor`", "oldest"]),
        (&["stats", "--bucket", "often"], &["--bucket", "often", "1h"]),
        (&["get", "2026-11-20"], &["2026-11-20", "time", "since"]),
        (&["get", "nonsense"], &["`id`", "nonsense", "0192f0c1-"]),
        (&["show", "2026-11-20"], &["2026-11-20", "time", "since"]),
        (&["query", "--set", "audit_async"], &["`--set`", "NAME=VALUE"]),
        (&["query", "--set", "asink=1"], &["`asink` is no setting"]),
        (&["query", "--set", "audit_async=perhaps"], &["`audit_async`", "perhaps", "`true` or `false`"]),
        (&["query", "--database-url", "mysql://x"], &["`database_url`", "sqlite:PATH"]),
    ] {
        bed.run(arguments).refused(2, parts);
    }
    assert_eq!(bed.count(), 1);
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let bed = Bed::new();
    let word = std::ffi::OsStr::from_bytes(b"\xff");
    let arguments = ["record".as_ref(), "--type".as_ref(), word];
    crate::bed::finish(crate::bed::spawn(&mut bed.command(&arguments))).refused(2, &["UTF-8"]);
}

#[test]
fn no_message_repeats_a_secret() {
    let bed = Bed::new();
    bed.good(&["record", "--type", "tool.invoked"]);
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let at_token = format!("@{token}");
    let after_text = format!("{} {token}", "x".repeat(20));
    let setting = format!("audit_async={token}");
    let record = |flag, value| vec!["record", "--type", "tool.invoked", flag, value];
    for arguments in [
        record("--outcome", &token),
        record("--phase", &token),
        record("--occurred-at", &token),
        record("--occurred-at", &after_text),
        record("--duration-ms", &token),
        record("--details", &token),
        record("--details", &at_token),
        record("--decision", &token),
        record("--traceparent", &token),
        record("--wait", &token),
        record("--set", &token),
        record("--set", &setting),
        record("--database-url", &token),
        vec!["record", "--type", &token],
        vec!["record", "--ndjson", &token],
        vec!["query", "--since", &after_text],
        vec!["query", "--cursor", &token],
        vec!["query", "--limit", &token],
        vec!["query", "--seq", &token],
        vec!["query", "--type", &token],
        vec!["query", &token],
        vec![&token],
        vec!["stats", "--bucket", &token],
        vec!["get", &token],
        vec!["show", &token],
        vec!["completions", &token],
    ] {
        let ran = bed.run(&arguments);
        assert_ne!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        assert!(!ran.err.contains("a1B2") && !ran.out.contains("a1B2"), "{arguments:?}: {ran:?}");
    }
    for url in ["sqlite://ada:hunter2@example.org/x.db", "mysql://ada:hunter2@h"] {
        for arguments in [&["count"][..], &["health"], &["health", "--json"], &["record", "--type", "tool.invoked"]] {
            let ran = bed.run(&[arguments, &["--database-url", url]].concat());
            assert!(!ran.err.contains("hunter2") && !ran.out.contains("hunter2"), "{url}: {ran:?}");
        }
    }
    assert_eq!(bed.count(), 1);
}
