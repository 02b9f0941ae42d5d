//! Redaction over a whole event: every column, every depth, and the count of what was replaced.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Column, Encoded, Event, EventId, Rules, Stamp, Timestamp, encode};

const STAMP: Stamp<'_> = Stamp {
    id: EventId::from_bytes([7; 16]),
    created_at: Timestamp::from_nanos(1),
    space: "default",
    credential: "uid:1000",
    begun: false,
};

/// Details and their number of replacements as they come out of the whole way.
fn recorded(details: Value) -> (Value, u32) {
    let mut bytes = Vec::new();
    encode(&Event::new("tool.invoked").details(details), &Rules::default(), &STAMP, &mut bytes).unwrap();
    let event = Encoded::decode(&bytes).unwrap();
    (serde_json::from_str(event.details().unwrap()).unwrap(), event.n_redacted())
}

fn check(details: Value, expected: Value, n_redacted: u32) {
    let shown = details.to_string();
    assert_eq!(recorded(details), (expected, n_redacted), "{shown}");
}

#[test]
fn a_list_under_an_ambiguous_key_goes_where_it_holds_a_text() {
    check(json!({"pwd": ["hunter2"]}), json!({"pwd": REDACTED}), 1);
    check(json!({"jwt": [["x"]], "otp": [1, "2"]}), json!({"jwt": REDACTED, "otp": REDACTED}), 2);
    check(json!({"pwd": ["/srv/app"], "pass": [1, 2]}), json!({"pwd": ["/srv/app"], "pass": [1, 2]}), 0);
}

#[test]
fn values_under_sensitive_keys_go_whatever_they_are() {
    check(json!({"password": "hunter2", "user": "bob"}), json!({"password": REDACTED, "user": "bob"}), 1);
    check(json!({"a": [{"API_KEY": 5, "n": 1}]}), json!({"a": [{"API_KEY": REDACTED, "n": 1}]}), 1);
    check(json!({"secrets": {"x": ["y"]}, "cookie": null}), json!({"secrets": REDACTED, "cookie": REDACTED}), 2);
    check(
        json!({"headers": {"X-Api-Key": "k", "Accept": "*"}}),
        json!({"headers": {"X-Api-Key": REDACTED, "Accept": "*"}}),
        1,
    );
    check(
        json!({"token_count": 9, "max_tokens": 5, "secretary": "Ann", "tokens": 3}),
        json!({"token_count": 9, "max_tokens": 5, "secretary": "Ann", "tokens": 3}),
        0,
    );
}

#[test]
fn values_beside_a_sensitive_name_go() {
    check(
        json!({"headers": [{"name": "Authorization", "value": "xyz"}, {"name": "Accept", "value": "*"}]}),
        json!({"headers": [{"name": "Authorization", "value": REDACTED}, {"name": "Accept", "value": "*"}]}),
        1,
    );
    check(
        json!({"argv": ["login", "--password", "hunter2", "-v"]}),
        json!({"argv": ["login", "--password", REDACTED, "-v"]}),
        1,
    );
    check(json!({"argv": ["login", "--token", "--verbose"]}), json!({"argv": ["login", "--token", "--verbose"]}), 0);
    check(
        json!({"raw": [["Cookie", "a=b"], ["Accept", "c"]]}),
        json!({"raw": [["Cookie", REDACTED], ["Accept", "c"]]}),
        1,
    );
    check(json!({"required": ["password", "token"]}), json!({"required": ["password", "token"]}), 0);
}

#[test]
fn secrets_in_keys_go() {
    check(json!({"by_key": {"sk-ant-api03-abcdef123456": 4}}), json!({"by_key": {"[REDACTED]": 4}}), 1);
}

#[test]
fn what_was_redacted_before_is_left_as_it_is() {
    let once = recorded(json!({"password": "x", "cmd": "login --token abc", "url": "https://u:p@h/"})).0;
    check(once.clone(), once, 0);
}

#[test]
fn every_text_column_is_redacted() {
    for &column in Column::ALL.iter().filter(|column| !matches!(column, Column::Traceparent | Column::Decision)) {
        let event = Event::new("tool.invoked").text(column, "a token=hunter2 b");
        let mut bytes = Vec::new();
        encode(&event, &Rules::default(), &STAMP, &mut bytes).unwrap();
        let event = Encoded::decode(&bytes).unwrap();
        assert_eq!((event.get(column), event.n_redacted()), (Some("a token=[REDACTED] b"), 1));
    }
}

#[test]
fn a_service_adds_keys_of_its_own() {
    let redactor = Redactor::with_keys(["credit_card", "PIN", "keyring", ""]);
    for key in ["creditCard", "customer-credit-card2", "pin", "user_pin", "userPin", "password"] {
        assert!(redactor.is_sensitive_key(key), "{key}");
    }
    for key in ["shopping", "spin", "card", "credit"] {
        assert!(!redactor.is_sensitive_key(key), "{key}");
    }
    for (text, clean) in [
        ("CREDIT-CARD=4111 x", "CREDIT-CARD=[REDACTED] x"),
        ("my pin: 1234, ok", "my pin: [REDACTED], ok"),
        ("keyring=abc", "keyring=[REDACTED]"),
        ("spinning: 7", "spinning: 7"),
    ] {
        assert_eq!(redactor.redact(text), clean);
        assert!(clean == text || redactor.suspects(text.as_bytes()), "the screen passed {text}");
    }
    assert!(!format!("{redactor:?}").is_empty());
}

/// A key of two words in the spellings that people use.
fn spellings(entry: &str) -> Vec<String> {
    const FIRST: &[&str] = &[
        "access",
        "account",
        "amz",
        "api",
        "application",
        "app",
        "authorization",
        "auth",
        "backup",
        "consumer",
        "db",
        "decryption",
        "encryption",
        "functions",
        "goog",
        "key",
        "license",
        "master",
        "private",
        "recovery",
        "refresh",
        "secret",
        "seed",
        "server",
        "session",
        "signing",
        "ssh",
        "store",
        "subscription",
        "user",
    ];
    let mut spelt =
        vec![entry.to_owned(), entry.to_uppercase(), format!("my_{entry}"), format!("X-{entry}"), format!("{entry}2")];
    for first in FIRST {
        let Some(second) = entry.strip_prefix(first).filter(|second| second.len() > 1) else { continue };
        let hump = second[..1].to_uppercase() + &second[1..];
        spelt.extend(["_", "-", ".", " "].map(|joint| format!("{first}{joint}{second}")));
        spelt.extend([format!("{first}{hump}"), format!("{first}_{second}").to_uppercase()]);
    }
    let qualified = ["value", "_value", "Value", "_hash", "-header", "plain"];
    spelt.clone().iter().flat_map(|key| qualified.map(|more| format!("{key}{more}"))).chain(spelt).collect()
}

#[test]
fn every_key_of_the_lists_is_known_as_a_name_and_in_text() {
    let redactor = Redactor::standard();
    let (mut n_names, mut n_texts) = (0, 0);
    for key in keys::entries().flat_map(spellings).filter(|key| redactor.is_sensitive_key(key)) {
        let named =
            json!({"a": [{"name": key, "value": "hunter2"}, [key, "hunter2"], ["x", format!("--{key}"), "hunter2"]]});
        let n_flags = if key.contains(' ') { 1 } else { 3 };
        let (clean, n_redacted) = recorded(named);
        assert!(n_redacted >= n_flags, "{key}: {clean}");
        assert!(n_flags == 1 || !clean.to_string().contains("hunter2"), "{key}: {clean}");
        n_names += 1;
        // The fast pass stops wherever the slow one takes something.
        for text in [
            format!("{key}=hunter2hunter2"),
            format!("a {key}: hunter2hunter2"),
            format!("x --{key} hunter2hunter2"),
            format!("{{\"{key}\": \"hunter2hunter2\"}}"),
            format!("a\n{key}=hunter2"),
            format!("<{key}>hunter2</{key}>"),
        ] {
            if redactor.clean(&text).1 > 0 {
                n_texts += 1;
                for bytes in [text.clone(), Value::from(text.as_str()).to_string()] {
                    assert!(redactor.suspects(bytes.as_bytes()), "the screen passed {bytes}");
                }
            }
        }
    }
    assert!(n_names > 1_000 && n_texts > 3_000, "{n_names} names and {n_texts} texts test little");
    // Short words that stand for much else in text are known as names and keys alone.
    for entry in keys::entries().filter(|entry| !["jwt", "cvv", "cvc"].contains(entry)) {
        for text in [format!("{entry}=hunter2hunter2"), format!("{{\"{entry}\": \"hunter2hunter2\"}}")] {
            assert!(redactor.clean(&text).1 > 0, "{text}");
        }
    }
}

#[test]
fn words_that_open_an_account_go_from_text() {
    for (text, clean) in [
        ("mnemonic: abandon ability able", "mnemonic: [REDACTED]"),
        ("SEED_PHRASE=abandon ability able", "SEED_PHRASE=[REDACTED]"),
        ("my seed phrase: abandon ability", "my seed phrase: [REDACTED]"),
        ("recovery_codes=12345-67890 x", "recovery_codes=[REDACTED] x"),
        ("Backup codes: 1234 5678", "Backup codes: [REDACTED]"),
        ("verify --otp 123456 now", "verify --otp [REDACTED] now"),
        ("totp=123456", "totp=[REDACTED]"),
        ("X-Goog-Signature: abcdef0123", "X-Goog-Signature: [REDACTED]"),
        ("auth: mend the login", "auth: mend the login"),
        (
            "the author: bob, hotpath: 3, backup: done, exit code: 7",
            "the author: bob, hotpath: 3, backup: done, exit code: 7",
        ),
    ] {
        assert_eq!(Redactor::standard().redact(text), clean);
        assert!(clean == text || Redactor::standard().suspects(text.as_bytes()), "the screen passed {text}");
    }
}

/// Secrets as they occur, each with a part that must not be found afterwards.
fn secret() -> impl Strategy<Value = (String, String)> {
    let word = "[a-zA-Z0-9]{12,20}[0-9][A-Z]";
    let forms = prop_oneof![
        Just(("", "password=", "")),
        Just(("", "export DB_TOKEN='", "'")),
        Just(("", "{\"api_key\": \"", "\"}")),
        Just(("", "{\\\"client_secret\\\":\\\"", "\\\"}")),
        Just(("", "https://bob:", "@example.com/x")),
        Just(("", "Authorization: Bearer ", "")),
        Just(("", "--password ", " -v")),
        Just(("", "?access_token=", "&a=b")),
        Just(("sk-ant-api03-", "", "")),
        Just(("ghp_", "", "")),
        Just(("glpat-", "", "")),
        Just(("xoxb-", "", "")),
        Just(("", "-----BEGIN RSA PRIVATE KEY-----\\n", "\\n-----END RSA PRIVATE KEY-----")),
        Just(("", "<password>", "</password>")),
        Just(("", "PASSWORD: ", "\nnext")),
        Just(("", "set-cookie: sid=", "; Path=/")),
        Just(("", "\\u0070assword=", "")),
        Just(("", "token%3D", "%26x")),
    ];
    (forms, word).prop_map(|((prefix, before, after), word)| (format!("{before}{prefix}{word}{after}"), word))
}

fn surrounding() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z ü€.,]{0,12} ",
        Just("{\"a\": 1} ".into()),
        Just("\n".into()),
        Just("x\\n".into())
    ]
}

proptest! {
    #[test]
    fn a_planted_secret_is_never_recorded(
        (text, word) in secret(), before in surrounding(), after in surrounding(), at in 0_usize..5,
    ) {
        let text = format!("{before}{text} {after}");
        let event = Event::new("tool.invoked").actor("bot");
        let event = match at {
            0 => event.resource(&text),
            1 => event.user(&text),
            2 => event.details(json!({"note": text})),
            3 => event.details(json!({"list": [[{"deep": [1, text]}]]})),
            _ => event.details(json!({text: true})),
        };
        let mut bytes = Vec::new();
        encode(&event, &Rules::default(), &STAMP, &mut bytes).unwrap();
        prop_assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{}", String::from_utf8_lossy(&bytes));
        prop_assert!(Encoded::decode(&bytes).unwrap().n_redacted() >= 1);
    }

    /// The fast pass never says no where the slow one finds something.
    #[test]
    fn the_screen_stops_at_everything_that_the_scan_takes(
        parts in prop::collection::vec(prop_oneof![
            proptest::sample::select(scan::patterns().collect::<Vec<_>>()).prop_map(str::to_owned),
            "[a-zA-Z0-9]{0,20}", "[ =:@/\"'\\\\\n.&?-]{0,3}", Just("hunter2".to_owned()), Just("assword".to_owned()),
        ], 0..12),
    ) {
        let text = parts.concat();
        let redactor = Redactor::standard();
        if redactor.clean(&text).1 > 0 {
            prop_assert!(redactor.suspects(text.as_bytes()));
            let quoted = Value::from(text.as_str()).to_string();
            prop_assert!(redactor.suspects(quoted.as_bytes()));
        }
    }

    #[test]
    fn redacting_twice_is_redacting_once((text, _) in secret(), before in surrounding()) {
        let redactor = Redactor::standard();
        let once = redactor.redact(&format!("{before}{text}")).into_owned();
        prop_assert_eq!(redactor.redact(&once), once.as_str());
    }

    #[test]
    fn any_text_can_be_redacted(text in "(\\PC|token|password|=|:|\"|\\\\|://|@|--|-----BEGIN |PRIVATE KEY|eyJ|basic |ü|\n){0,40}") {
        let _ = Redactor::standard().redact(&text);
    }

    #[test]
    fn ordinary_words_are_left_alone(text in "[a-oq-z]{1,3}( [a-hj-z]{1,2}[0-9]{0,4}){0,20}") {
        prop_assert_eq!(Redactor::standard().redact(&text), text.as_str());
    }
}
