//! The law: whatever stands on standard input becomes an event that is accepted.

use annals_event::Capture;
use proptest::prelude::*;
use serde_json::{Map, Number, Value};

use super::*;

const LEVELS: [Capture; 3] = [Capture::Metadata, Capture::Arguments, Capture::Full];

const FIELDS: &[&str] = &[
    "session_id",
    "transcript_path",
    "cwd",
    "prompt_id",
    "permission_mode",
    "agent_id",
    "agent_type",
    "effort",
    "tool_name",
    "tool_input",
    "tool_response",
    "tool_use_id",
    "error",
    "reason",
    "is_interrupt",
    "duration_ms",
    "prompt",
    "source",
    "model",
    "tool_calls",
    "file_path",
    "permission_suggestions",
    "last_assistant_message",
    "something_new",
    "hook",
    "arguments",
    "password",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ".{0,40}",
        2 => proptest::sample::select(vec!["", "\0", ".env", "/home/ada/shop/.env", "file:///x/%2eenv", "a.key", "~/.ssh/id", "cat .e*v", "echo K=1 > .env", "cat <<'EOF' > x\nbody\nEOF\n", "password=hunter2", "{a,b}", "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789", "https://u:p@host/"]).prop_map(str::to_owned),
        1 => ("[a-z\\x00\"\\\\é]{1,6}", 1000..20_000_usize).prop_map(|(piece, n)| piece.repeat(n / piece.len())),
        1 => (1..3000_usize).prop_map(|n| "token=a ".repeat(n)),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        text().prop_map(Value::String),
        (0..124_usize).prop_map(|n| (0..n).fold(Value::from(1), |inner, _| Value::Array(vec![inner]))),
        (0..400_usize).prop_map(|n| (0..n as u64).map(|n| Value::from(n << 50)).collect()),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![
            text(),
            proptest::sample::select(vec![
                "file_path",
                "path",
                "command",
                "content",
                "edits",
                "url",
                "description",
                "token",
                "name",
                "value"
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn payload() -> impl Strategy<Value = Value> {
    let hook = prop_oneof![
        9 => proptest::sample::select(HOOKS.iter().map(|(hook, _)| *hook).collect::<Vec<_>>()).prop_map(Value::from),
        1 => json(),
    ];
    let field = (proptest::sample::select(FIELDS), json());
    (hook, proptest::collection::vec(field, 0..12), any::<bool>()).prop_map(|(hook, fields, named)| {
        let mut members: Map<String, Value> = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        members.insert("hook_event_name".to_owned(), hook);
        if named {
            members.insert("tool_use_id".to_owned(), "toolu_1".into());
        }
        members.into()
    })
}

fn check(bytes: &[u8], level: Capture, max_details: usize) {
    let policy = Policy { level, max_details, redactor: Redactor::standard() };
    let event = Payload::parse(bytes).event(&surroundings(), &policy);
    if let Err(error) = encoded(&event, &policy) {
        panic!("refused with max_details {max_details} at {level}: {error}\n{}", String::from_utf8_lossy(bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_payload_becomes_an_event(payload in payload(), level in proptest::sample::select(&LEVELS[..]), max_details in prop_oneof![Just(65_536_usize), 256..4096_usize]) {
        check(payload.to_string().as_bytes(), level, max_details);
    }

    #[test]
    fn any_bytes_become_an_event(bytes in proptest::collection::vec(any::<u8>(), 0..200), max_details in 256..4096_usize) {
        check(&bytes, Capture::Arguments, max_details);
        let mut within = br#"{"hook_event_name":"PreToolUse","tool_name":""#.to_vec();
        within.extend_from_slice(&bytes);
        within.extend_from_slice(br#""}"#);
        check(&within, Capture::Full, max_details);
    }

    #[test]
    fn escapes_of_half_pairs_are_mended(units in proptest::collection::vec(0xd700_u16..0xe100, 0..8)) {
        let escaped = units.iter().fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"));
        let payload = Payload::parse(format!(r#"{{"cwd":"/{escaped}"}}"#).as_bytes());
        let read = format!("/{}", String::from_utf16_lossy(&units));
        prop_assert_eq!(payload.cwd(), Some(read.as_str()));
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_too_deep_or_too_many(n in 0..200_usize, max_details in 256..4096_usize) {
        let deep = format!(r#"{{"hook_event_name":"PreToolUse","tool_use_id":"t","tool_input":{}1{}}}"#, "[".repeat(n), "]".repeat(n));
        check(deep.as_bytes(), Capture::Full, max_details);
        let wide: Map<String, Value> = (0..n * 16).map(|n| (format!("member {n}"), Value::from(n))).collect();
        check(Value::from(wide).to_string().as_bytes(), Capture::Full, max_details);
    }
}

#[test]
fn columns_take_what_is_long() {
    let long = "ä".repeat(5000);
    let payload = json!({"hook_event_name": "PreToolUse", "session_id": long, "tool_use_id": long, "tool_name": long, "prompt_id": "\0", "tool_input": {"file_path": long}});
    let event = event_of(&payload, Capture::Arguments);
    let tool = event.get(Column::Tool).unwrap();
    assert!(tool.starts_with("ää") && tool.contains("…[10000 bytes, sha256 "), "{tool}");
    assert_eq!(event.get(Column::CorrelationId), Some("\u{2400}"));
}

#[test]
fn integers_that_a_reader_would_round_are_texts() {
    let payload = json!({"hook_event_name": "PreToolUse", "tool_input": {"n": u64::MAX, "m": 1_i64 << 53, "ok": (1_i64 << 53) - 1, "x": 1.5}});
    let event = event_of(&payload, Capture::Arguments);
    let arguments = &event.details_value().unwrap()["arguments"];
    assert_eq!(
        *arguments,
        json!({"n": u64::MAX.to_string(), "m": "9007199254740992", "ok": 9_007_199_254_740_991_i64, "x": 1.5})
    );
}
