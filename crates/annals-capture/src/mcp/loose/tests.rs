//! What other parsers take is taken, and nothing else changes.

use serde_json::json;

use super::*;

fn value(line: impl AsRef<[u8]>) -> Option<Value> {
    read(line.as_ref()).filter(|loose| loose.is_whole).map(|loose| loose.value)
}

#[test]
fn what_other_parsers_take_is_taken() {
    let half = json!(["\u{fffd}"]);
    for text in [r#"["\ud800"]"#, r#"["\uDFFF"]"#] {
        assert_eq!(value(text), Some(half.clone()), "{text}");
    }
    assert_eq!(value(r#"{"\ud83d":"a\ud83dz\ud83d\ude00\ud83d\ud83d\ude00\\ud800\""}"#), {
        Some(json!({ "\u{fffd}": "a\u{fffd}z\u{1f600}\u{fffd}\u{1f600}\\ud800\"" }))
    });
    assert_eq!(value(b"[\"\xff\"]"), Some(half));
    assert_eq!(value("\u{feff}{\"a\":1}"), Some(json!({ "a": 1 })));
    let odd = r#"[1e999,-1e999,NaN,-Infinity,1.5,true,null,"1e999 NaN"]"#;
    let read = json!(["1e999", "-1e999", "NaN", "-Infinity", 1.5, true, null, "1e999 NaN"]);
    assert_eq!(value(odd), Some(read));
}

#[test]
fn what_nobody_takes_is_refused() {
    for text in [
        "",
        "[",
        "[INFO] up",
        "{\"a\"}",
        "{\"a\":\"\\ud8",
        "[\"\\u12\"]",
        "[\"\\",
        "]]]",
        "[1,]",
        "[nope]",
        "[\"\u{1}\"]",
    ] {
        assert!(read(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn what_lies_too_deep_is_left_out_and_told() {
    for n in [127, 200, 300_000] {
        let text = format!(r#"{{"id":1,"deep":{}"]\"["{},"after":"\ud800"}}"#, "[".repeat(n), "]".repeat(n));
        let loose = read(text.as_bytes()).unwrap();
        assert!(!loose.is_whole);
        assert_eq!((&loose.value["id"], &loose.value["after"]), (&json!(1), &json!("\u{fffd}")));
    }
    assert!(read("[".repeat(1_000).as_bytes()).is_none());
}

proptest::proptest! {
    /// Text that is JSON is read as by anybody, mended or not.
    #[test]
    fn mending_leaves_json_alone(texts: Vec<String>, numbers: Vec<f64>) {
        let text = json!({ "a": [texts, { "b": numbers }] }).to_string();
        let (mended, is_whole) = mended(text.as_bytes());
        proptest::prop_assert!(is_whole);
        proptest::prop_assert_eq!(text.as_bytes(), mended);
    }

    /// Whatever comes, it ends without a panic.
    #[test]
    fn anything_can_be_said(line: Vec<u8>, escapes in r#"["\\u]{0,9}[d8cf0]{0,9}["\\u{\[\]},]{0,20}"#) {
        let _ = read(&line);
        let _ = read(escapes.as_bytes());
    }
}
