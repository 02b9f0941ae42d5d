//! What is cut, and how.

use proptest::prelude::*;

use super::*;

fn redactor() -> Redactor {
    Redactor::standard()
}

#[test]
fn a_cut_text_carries_size_and_digest_of_the_whole() {
    let whole = "ä".repeat(100);
    let cut = text(&whole, 11, &redactor());
    assert_eq!(cut, json!({"cut": "ä".repeat(5), "bytes": 200, "sha256": sha256(whole.as_bytes())}));
}

#[test]
fn with_a_secret_in_it_the_digest_is_that_of_the_text_without() {
    let whole = format!("password=hunter2 {}", "x".repeat(50));
    let cut = text(&whole, 30, &redactor());
    let clean = redactor().redact(&whole).into_owned();
    assert_eq!(cut["sha256"], sha256(clean.as_bytes()));
    assert_ne!(cut["sha256"], sha256(whole.as_bytes()));
}

#[test]
fn the_longest_goes_first() {
    let short = "s".repeat(300);
    let fitted = details(json!({"short": short, "long": "l".repeat(5000), "n": 1}), 2000, &redactor());
    assert_eq!(fitted["short"], short);
    assert_eq!(fitted["n"], 1);
    assert_eq!(fitted["long"]["bytes"], 5000);
}

#[test]
fn lists_without_long_texts_are_shortened() {
    let fitted = details(json!({"hook": "X", "list": (0..10_000).collect::<Vec<u32>>()}), 1000, &redactor());
    let list = fitted["list"].as_array().unwrap();
    assert_eq!(list[0], 0);
    assert_eq!(list.last().unwrap()["omitted"], 10_000 - list.len() + 1);
    let members: Map<_, _> = (0..5000).map(|n| (format!("{n:04}"), n.into())).collect();
    let fitted = details(json!({"members": members}), 1000, &redactor());
    let members = fitted["members"].as_object().unwrap();
    assert_eq!(members["omitted"], 5000 - members.len() + 1);
}

#[test]
fn what_does_not_fit_anywhere_is_an_empty_object() {
    assert_eq!(details(json!({"hook": "x".repeat(500)}), 2, &redactor()), json!({}));
    assert_eq!(details(Value::Null, 1000, &redactor()), json!({"value": null}));
}

#[test]
fn no_depth_is_too_deep() {
    let deep = (0..5000).fold(Value::from(1), |inner, _| Value::Array(vec![inner]));
    let members: Map<_, _> = [("deep".to_owned(), deep)].into_iter().collect();
    assert!(details(members.into(), 1000, &redactor()).to_string().contains("nested too deeply"));
}

proptest! {
    #[test]
    fn a_column_takes_any_text(text in prop_oneof![".*", "[\\x00a]{0,9000}", ("\\PC{1,5}", 1000..9000_usize).prop_map(|(text, n)| text.repeat(n))]) {
        match column(&text, &redactor()) {
            Some(fitted) => prop_assert!(!fitted.is_empty() && fitted.len() <= MAX_TEXT_BYTES && !fitted.contains('\0')),
            None => prop_assert!(text.is_empty()),
        }
    }
}
