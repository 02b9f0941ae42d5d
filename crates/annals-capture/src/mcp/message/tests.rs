//! What is a message, and what is not.

use super::*;

fn kinds(line: &str) -> Result<Vec<&'static str>, Problem> {
    let (messages, rest) = read(line.as_bytes());
    if let Some(rest) = rest {
        return Err(rest.problem);
    }
    let kind = |message: &Message| match message.body {
        Body::Request { .. } => "request",
        Body::Notification { .. } => "notification",
        Body::Response { .. } => "response",
    };
    Ok(messages.iter().map(kind).collect())
}

#[test]
fn the_shape_says_what_a_message_is() {
    let check = |line: &str, expected: Result<&[&'static str], Problem>| {
        assert_eq!(kinds(line), expected.map(<[_]>::to_vec), "{line}");
    };
    check(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Ok(&["request"]));
    check(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, Ok(&["request"]));
    check(r#"{"id":"a","method":"ping","params":[1]}"#, Ok(&["request"]));
    check("  {\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\r", Ok(&["notification"]));
    check(r#"{"jsonrpc":"2.0","id":1,"result":null}"#, Ok(&["response"]));
    check(r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#, Ok(&["response"]));
    check(
        r#"[{"id":1,"method":"a"},{"method":"b"},{"id":2,"result":{}}]"#,
        Ok(&["request", "notification", "response"]),
    );
    check("[]", Err(Problem::NotJsonRpc));
    check("[1]", Err(Problem::NotJsonRpc));
    check(r#"[{"id":1,"method":"a"},{}]"#, Err(Problem::NotJsonRpc));
    check("{}", Err(Problem::NotJsonRpc));
    check(r#"{"result":{}}"#, Err(Problem::NotJsonRpc));
    check(r#"{"id":1,"method":7}"#, Err(Problem::NotJsonRpc));
    check(r#"{"id":1,"error":null}"#, Err(Problem::NotJsonRpc));
    check("{", Err(Problem::NotJson));
    check("[\u{1}]", Err(Problem::NotJson));
    check(&"[".repeat(1_000), Err(Problem::NotJson));
    // A server may act on what our parser would refuse, and on the messages of a batch with something else in it.
    check(r#"{"id":1,"method":"tools/call","params":{"name":"\ud83d"}}"#, Ok(&["request"]));
    let (messages, rest) = read(br#"[{"id":1,"method":"a"},{},{"method":"b"}]"#);
    assert_eq!((messages.len(), rest.map(|rest| rest.n_lines)), (2, Some(1)));
}

#[test]
fn ids_are_told_apart_as_json_tells_them_apart() {
    let id = |text: &str| Id::of(&serde_json::from_str(text).unwrap());
    assert_eq!(id("7"), id("7.0"));
    assert_eq!(id(r#""a""#), id(r#""\u0061""#));
    for (left, right) in
        [("7", r#""7""#), ("7", "8"), ("null", r#""null""#), ("1.5", "1"), ("18446744073709551615", "-1")]
    {
        assert_ne!(id(left), id(right));
    }
    // A long one is held as its digest.
    let long = |end: &str| id(&format!("\"{}{end}\"", "x".repeat(1_000_000)));
    assert_eq!(long("a"), long("a"));
    assert_ne!(long("a"), long("b"));
    assert!(long("a").0.len() < 100);
}

#[test]
fn a_refused_line_is_answered_in_the_form_it_came_in() {
    let check = |line: &str, answer: Option<Value>| {
        let bytes = refusal(&Line::Whole(line.as_bytes().to_vec()), "why");
        assert!(bytes.as_ref().is_none_or(|bytes| bytes.ends_with(b"\n")));
        assert_eq!(bytes.map(|bytes| serde_json::from_slice(&bytes).unwrap()), answer, "{line}");
    };
    let error = |id: Value| json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": "why"}});
    check(r#"{"id":"x","method":"a"}"#, Some(error(json!("x"))));
    check(r#"{"id":1,"method":"a"}"#, Some(error(json!(1))));
    check(r#"[{"id":1,"method":"a"},{"id":2,"method":"b"}]"#, Some(json!([error(json!(1)), error(json!(2))])));
    check(r#"[{"id":1,"method":"a"},{"id":2,"result":{}},{"method":"b"}]"#, Some(json!([error(json!(1))])));
    check(r#"{"method":"a"}"#, None);
    check(r#"{"id":1,"result":{}}"#, None);
    check("{broken", Some(error(Value::Null)));
    assert!(refusal(&Line::Foreign(crate::mcp::Foreign::unseen(1, 1)), "why").is_some());
}
