//! How fields narrow a choice, and when an answer is trusted.

use super::*;

fn narrowed(text: &str, choice: Choice) -> Option<Choice> {
    Sought::new(text, None).narrowed(choice)
}

#[test]
fn fields_narrow_what_the_arguments_choose_and_never_widen_it() {
    let choice = narrowed("disk tag:nas tag:nas source:home type:note type:alert", Choice::default()).unwrap();
    assert_eq!((choice.tags.as_slice(), choice.source.as_deref()), (&["nas".to_owned()][..], Some("home")));
    assert_eq!(choice.types, [EntryType::Note, EntryType::Alert]);
    let of_home = Choice { source: Some("home".to_owned()), ..Choice::of([EntryType::Note]) };
    assert_eq!(narrowed("type:note source:home", of_home.clone()), Some(of_home.clone()));
    assert_eq!(narrowed("type:alert", of_home.clone()), None);
    assert_eq!(narrowed("source:away", of_home), None);
}

#[test]
fn days_months_years_and_moments_bound_when_an_entry_was_made() {
    let nanos = |text: &str| moment::parsed(text).unwrap().as_nanos();
    for (text, from, until) in [
        ("after:2026-11-21", Some("2026-11-21T00:00:00Z"), None),
        ("before:2026-11", None, Some("2026-11-01T00:00:00Z")),
        ("before:2026", None, Some("2026-01-01T00:00:00Z")),
        (
            "after:2025 before:2026-11-21T12:00:00Z before:2027",
            Some("2025-01-01T00:00:00Z"),
            Some("2026-11-21T12:00:00Z"),
        ),
        ("after:2025 after:2024", Some("2025-01-01T00:00:00Z"), None),
        ("before:yesterday after:20", None, None),
    ] {
        let choice = narrowed(text, Choice::default()).unwrap();
        assert_eq!(choice.created_after.map(Timestamp::as_nanos), from.map(nanos), "`{text}`");
        assert_eq!(choice.created_before.map(Timestamp::as_nanos), until.map(|until| nanos(until) - 1), "`{text}`");
    }
}

#[test]
fn an_answer_to_a_sentence_is_trusted_by_how_much_of_it_it_has() {
    let question = |n_words: usize| Question { words: vec![vec!["a".to_owned()]; n_words], ..Question::default() };
    assert_eq!(trust(&question(5), 0.1), Trust::None);
    assert_eq!(trust(&question(5), 0.4), Trust::Weak);
    assert_eq!(trust(&question(5), 0.6), Trust::Good);
    assert_eq!(trust(&question(2), 0.1), Trust::Good, "a word or two");
    let phrase = Question { phrases: vec![vec![]], ..question(5) };
    assert_eq!(trust(&phrase, 0.1), Trust::Good, "what must be there is there");
}
