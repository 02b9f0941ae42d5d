//! What is typed, and the filter that it makes.

use annals_event::Timestamp;
use annals_store::{Filter, Search, TypePattern};
use jiff::Zoned;

use super::search_at;

fn now() -> Zoned {
    "2026-11-22T12:00:00+01:00[+01:00]".parse().unwrap()
}

fn asked(text: &str) -> Filter {
    search_at(text, Filter::new(), &now())
}

fn words(text: &str) -> Search {
    asked(text).search.unwrap()
}

fn moment(text: &str) -> Timestamp {
    Timestamp::from_nanos(i64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_nanosecond()).unwrap())
}

#[test]
fn a_type_or_a_family_is_a_field() {
    let search = words("type:tool.* type:plan_applied broken");
    assert_eq!(search.event_types, [TypePattern::parse("tool.*"), TypePattern::parse("plan_applied")]);
    assert_eq!(search.words.len(), 1);
    assert!(words("type:Tool!").event_types.is_empty(), "no type looks like this, so it is words");
    assert!(words("type:Tool!").asks_words());
}

#[test]
fn a_source_is_a_field_and_a_tag_is_none() {
    assert_eq!(words("source:claude-code").sources, ["claude-code"]);
    let search = words("tag:auth");
    assert_eq!(search.phrases, [vec![vec!["tag".to_owned()], vec!["auth".to_owned()]]]);
}

#[test]
fn times_are_days_months_years_and_moments_of_this_zone() {
    for (text, since) in [
        ("after:2026", "2025-12-31T23:00:00Z"),
        ("after:2026-11", "2026-10-31T23:00:00Z"),
        ("after:2026-11-20", "2026-11-19T23:00:00Z"),
        ("after:2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("after:2h", "2026-11-22T09:00:00Z"),
        ("after:today", "2026-11-21T23:00:00Z"),
    ] {
        assert_eq!(asked(text).since, Some(moment(since)), "{text}");
        let before = text.replace("after", "before");
        assert_eq!(asked(&before).until, Some(moment(since)), "{before}");
        assert!(!asked(text).search.unwrap().has_words(), "{text}");
    }
}

#[test]
fn a_time_narrows_and_never_widens() {
    let filter = Filter::new().since(moment("2026-11-20T00:00:00Z"));
    let early = search_at("after:2026-01-01", filter.clone(), &now());
    assert_eq!(early.since, filter.since);
    let filter = Filter::new().until(moment("2026-11-20T00:00:00Z"));
    let late = search_at("before:2026-11-21", filter.clone(), &now());
    assert_eq!(late.until, filter.until);
}

#[test]
fn what_is_not_well_formed_is_words() {
    for text in ["\"half a quote", "before:never", "after:", "type:", "source:", "-", "-\"half"] {
        let filter = asked(text);
        assert_eq!((filter.since, filter.until), (None, None), "{text}");
        let search = filter.search.unwrap();
        assert!(search.event_types.is_empty() && search.sources.is_empty() && search.without.is_empty(), "{text}");
        assert!(search.asks_words(), "{text}");
    }
}

#[test]
fn nothing_but_signs_finds_nothing() {
    assert!(words("!!! ???").is_hopeless());
    assert!(!words("!!! broken").is_hopeless());
}
