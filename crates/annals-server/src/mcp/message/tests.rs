//! Messages that are none, and the id and the key that their refusal names.

use serde_json::{Value, json};

use super::*;

fn refused(text: &str) -> (Value, i32, String) {
    let refused = check(text.as_bytes()).expect_err(text);
    (refused.id.clone().unwrap_or_default(), refused.error.code.0, refused.error.message.into_owned())
}

#[test]
fn what_is_no_message_is_refused_under_its_id() {
    let deep = |id: &str, n: usize| {
        format!(r#"{{"jsonrpc":"2.0",{id}"method":"a","params":{{"x":{}1{}}}}}"#, "[".repeat(n), "]".repeat(n))
    };
    let cases: &[(&str, Value, i32, &str)] = &[
        ("garbage", Value::Null, -32700, "no JSON"),
        ("", Value::Null, -32700, "no JSON"),
        (r#"{"id":1"#, Value::Null, -32700, "no JSON"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a"} {}"#, Value::Null, -32700, "no JSON"),
        ("5", Value::Null, -32600, "not one"),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#, Value::Null, -32600, "by itself"),
        ("{}", Value::Null, -32600, "jsonrpc"),
        (r#"{"jsonrpc":"1.0","id":6,"method":"a"}"#, json!(6), -32600, "jsonrpc"),
        (r#"{"id":6,"method":"tools/call","params":[1]}"#, json!(6), -32600, "jsonrpc"),
        (r#"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":[1]}"#, json!(6), -32602, "params"),
        (r#"{"jsonrpc":"2.0","id":"six","method":"nope","params":5}"#, json!("six"), -32600, "params"),
        (r#"{"params":5,"method":"nope","jsonrpc":"2.0","id":-6}"#, json!(-6), -32600, "params"),
        (r#"{"jsonrpc":"2.0","id":6}"#, json!(6), -32600, "method"),
        (r#"{"jsonrpc":"2.0","id":6,"method":7}"#, json!(6), -32600, "method"),
        (r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, Value::Null, -32600, "`id`"),
        (r#"{"jsonrpc":"2.0","id":{},"method":"a"}"#, Value::Null, -32600, "`id`"),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, Value::Null, -32600, "`id`"),
        (&deep(r#""id":7,"#, 200), json!(7), -32600, "deeper than 127"),
        (&deep("", 10_000).replace("}}", r#"},"id":"last"}"#), json!("last"), -32600, "deeper than 127"),
    ];
    for (text, id, code, says) in cases {
        let (told_id, told_code, told) = refused(text);
        assert_eq!((&told_id, told_code), (id, *code), "{}: {told}", &text[..text.len().min(90)]);
        assert!(told.contains(says), "{told}");
    }
    let error = check(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}").unwrap_err();
    assert_eq!(error.error.code.0, -32700);
    assert!(error.error.message.contains("UTF-8 from byte 34 on"), "{}", error.error.message);
    // The control: the deepest that is read.
    assert_eq!(check(deep(r#""id":7,"#, 125).as_bytes()).unwrap(), Kind::Request);
}

#[test]
fn a_key_that_stands_twice_is_named_with_its_place() {
    let many = (0..100).fold(String::new(), |many, n| many + &format!("\"k{n}\":{n},"));
    let cases = [
        (r#"{"jsonrpc":"2.0","id":3,"method":"a","id":4}"#.to_owned(), 3, "`id`"),
        (
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"event_type":"a","event_type":"b"}},"id":3}"#
                .to_owned(),
            3,
            "`params.arguments.event_type`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":3,"method":"a","params":{"x":[{},{"b":1,"\u0062":2}]}}"#.to_owned(),
            3,
            "`params.x[1].b`",
        ),
        (
            format!(r#"{{"jsonrpc":"2.0","id":3,"method":"a","params":{{{many}"k70":1}}}}"#),
            3,
            "`params.k70`",
        ),
    ];
    for (text, id, named) in cases {
        let (told_id, code, told) = refused(&text);
        assert_eq!((told_id, code), (json!(id), -32600), "{told}");
        assert!(told.starts_with(named), "{told}");
    }
    let once =
        format!(r#"{{"jsonrpc":"2.0","id":3,"method":"a","params":{{{many}"x":{{"x":[{{"x":1}},{{"x":2}}]}}}}}}"#);
    assert_eq!(check(once.as_bytes()).unwrap(), Kind::Request);
}

#[test]
fn what_a_client_may_say_is_taken() {
    for (text, kind) in [
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Kind::Request),
        (r#"{"jsonrpc":"2.0","id":1.0,"method":"ping","params":null}"#, Kind::Request),
        (r#"{"jsonrpc":"2.0","id":9223372036854775807,"method":"ping","params":{}}"#, Kind::Request),
        (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, Kind::Other),
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, Kind::Other),
        (r#"{"jsonrpc":"2.0","error":{"code":1,"message":"x"}}"#, Kind::Other),
    ] {
        assert_eq!(check(text.as_bytes()).unwrap(), kind, "{text}");
    }
}

#[test]
fn an_id_is_found_wherever_it_stands_and_however_it_is_cut() {
    for (text, id) in [
        (r#"{"id":5,"params":"#.to_owned() + "[\"" + &"x".repeat(9_000), json!(5)),
        (r#"{"params":{"id":4,"a":"\"id\":3,{"},"id" : "last" }"#.to_owned(), json!("last")),
        (r#"{"a":[{"id":4}],"id":7}"#.to_owned(), json!(7)),
        (r#"{"id":[1],"a":1}"#.to_owned(), Value::Null),
        (format!(r#"{{"id":"{}"}}"#, "x".repeat(1_000)), Value::Null),
        ("aaaa".repeat(100), Value::Null),
        (r#"{"id":12"#.to_owned(), Value::Null),
    ] {
        for size in [1, 7, 100_000] {
            let mut scan = IdScan::default();
            for piece in text.as_bytes().chunks(size) {
                scan.feed(piece);
            }
            assert_eq!(scan.id().unwrap_or_default(), id, "{}", &text[..text.len().min(60)]);
        }
    }
}

#[test]
fn a_whole_number_that_would_be_rounded_is_named_with_its_place() {
    let call = |value: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"arguments":{{"a":["18446744073709551616 \\\" 1",{value}]}}}}}}"#
        )
    };
    for value in ["18446744073709551616", "-9223372036854775809", "123456789012345678901", "[[99999999999999999999]]"] {
        let (id, code, told) = refused(&call(value));
        assert_eq!((id, code), (json!(3), -32602), "{value}: {told}");
        assert!(told.contains("`params.arguments.a[1]") && told.contains("as a text"), "{told}");
    }
    for value in ["18446744073709551615", "-9223372036854775808", "1e30", "1.5e300", "92233720368547758080.0", "1"] {
        assert_eq!(check(call(value).as_bytes()).unwrap(), Kind::Request, "{value}");
    }
}
