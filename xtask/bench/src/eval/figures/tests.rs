//! The figures of a few questions whose answers are known.

use std::time::Duration;

use serde_json::{Map, json};

use super::Figures;
use crate::eval::ask::{Asked, Found, Kind, Page, Task};
use crate::eval::plan::Place;

/// A question with one entry of evidence, `a`; what was found, and whether the page says that it is weak.
fn asked<'a>(place: &'a Place, kind: Kind, category: &'a str, found: &[&str], is_weak: bool) -> Asked<'a> {
    let found = found.iter().map(|label| Found {
        id: (*label).to_owned(),
        label: Some((*label).to_owned()),
        scores: Map::new(),
    });
    let page = Page { found: found.collect(), is_weak, is_cut: false, lanes: vec!["text".to_owned()] };
    let task = Task { kind, text: "?", category, evidence: vec!["a".to_owned()], place };
    Asked { task, took: Duration::from_millis(4), page }
}

fn figures() -> Figures {
    let place = Place { space: 0, source: None };
    let all = [
        asked(&place, Kind::Answered, "one", &["a"], false),
        asked(&place, Kind::Answered, "one", &["b", "a"], true),
        asked(&place, Kind::Answered, "two", &[], false),
        asked(&place, Kind::Answered, "two", &["b"], false),
        asked(&place, Kind::OffTopic, "law", &["a"], false),
        asked(&place, Kind::OffTopic, "law", &["a"], true),
        asked(&place, Kind::OffTopic, "law", &[], true),
        asked(&place, Kind::OffTopic, "law", &[], false),
    ];
    Figures::of(&all, Map::new())
}

#[test]
fn questions_with_an_answer_are_averaged_in_all_and_by_category() {
    let told = figures().json();
    let groups: Vec<_> = told["retrieval"].as_array().unwrap().iter().collect();
    let of = |at: usize| {
        (&groups[at]["group"], &groups[at]["n"], &groups[at]["recall@5"]["value"], &groups[at]["mrr"]["value"])
    };
    assert_eq!(of(0), (&json!("all"), &json!(4), &json!(0.5), &json!(0.375)));
    assert_eq!(of(1), (&json!("one"), &json!(2), &json!(1.0), &json!(0.75)));
    assert_eq!(of(2), (&json!("two"), &json!(2), &json!(0.0), &json!(0.0)));
    assert_eq!(groups.len(), 3);
}

#[test]
fn empty_and_weak_pages_are_counted_for_each_kind() {
    let told = figures().json();
    assert_eq!(
        told["pages"],
        json!([
            { "kind": "answered", "n": 4, "n_empty": 1, "n_weak": 1, "share_empty_or_weak": 0.5 },
            { "kind": "off_topic", "n": 4, "n_empty": 2, "n_weak": 2, "share_empty_or_weak": 0.75 },
        ])
    );
    assert_eq!(told["recall@10, weak pages taken for empty"]["value"], 0.25);
    assert_eq!(told["retrieval"][0]["recall@10"]["value"], 0.5);
}

#[test]
fn ways_of_searching_are_counted() {
    assert_eq!(figures().json()["lanes"], json!({ "text": 8 }));
    assert!(!figures().has_other_lanes());
}

#[test]
fn people_read_the_same() {
    let text = figures().text();
    for part in [
        "all            4  0.500 [0.000 1.000]",
        "off_topic        4       2       2          75.0 %",
        "p50 4.00",
        "text 8",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

#[test]
fn of_no_question_nothing_is_told() {
    let told = Figures::of(&[], Map::new()).json();
    assert_eq!(told["retrieval"][0]["recall@5"]["value"], json!(null));
    assert_eq!(told["latency_ms"]["p50"], json!(null));
}
