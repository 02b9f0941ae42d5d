//! What is taken apart, and what is left as it stands.

use proptest::prelude::*;

use super::*;

/// Only `note` is a type, and only `2026-11-21` a day.
fn parse(text: &str) -> Query {
    Query::parse(text, |field, value| match field {
        Field::Tag | Field::Source => true,
        Field::Type => value == "note",
        Field::Before | Field::After => value == "2026-11-21",
    })
}

#[test]
fn words_phrases_refusals_and_fields_are_told_apart() {
    let query = parse(
        r#"disk "is full" -printer -"out of paper" tag:nas source:"my server" type:note before:2026-11-21 again"#,
    );
    assert_eq!(query.words, "disk again");
    assert_eq!(query.phrases, ["is full"]);
    assert_eq!(query.without, ["printer", "out of paper"]);
    let fields =
        [(Field::Tag, "nas"), (Field::Source, "my server"), (Field::Type, "note"), (Field::Before, "2026-11-21")];
    assert_eq!(query.fields, fields.map(|(field, value)| (field, value.to_owned())));
    assert_eq!(query.values(Field::Tag).collect::<Vec<_>>(), ["nas"]);
    assert_eq!(parse("TAG:nas After:2026-11-21").fields.len(), 2);
}

#[test]
fn what_is_not_well_formed_is_searched_for_as_it_stands() {
    for text in [
        r#"disk "is full"#,
        r#"""#,
        r#""""#,
        r#"" ""#,
        "tag:",
        "tag: nas",
        "type:nonsense",
        "before:yesterday",
        "after:",
        "-",
        "- printer",
        "--force",
        "-/x",
        "a -",
        r#"-"open"#,
        r#"tag:"open"#,
        r#""a"b"#,
        "tags:nas",
        "error: disk full",
        "12:30",
        "https://example.org/tag:x",
        "(a OR b) AND NOT c*",
    ] {
        let query = parse(text);
        assert_eq!(query, Query::words(&text.split_whitespace().collect::<Vec<_>>().join(" ")), "`{text}`");
    }
}

#[test]
fn one_bad_term_leaves_the_others_what_they_are() {
    let query = parse(r#"tag:nas type:nonsense "open"#);
    assert_eq!((query.words.as_str(), query.fields.len()), (r#"type:nonsense "open"#, 1));
}

proptest! {
    /// Nothing that is typed is lost: each of its letters is somewhere in what comes out.
    #[test]
    fn nothing_typed_is_lost(text in "[a-c\"\\-: ]{0,24}|(tag:|type:|-|\"|a |b){0,8}") {
        let query = parse(&text);
        let mut parts = query.words.clone();
        for part in query.phrases.iter().chain(&query.without).chain(query.fields.iter().map(|(_, value)| value)) {
            parts.push_str(part);
        }
        let n_letters = |text: &str| text.chars().filter(|letter| ('a'..='c').contains(letter)).count();
        let named = query.fields.iter().map(|(field, _)| usize::from(*field == Field::Tag)).sum::<usize>();
        prop_assert_eq!(n_letters(&parts) + named, n_letters(&text));
    }
}
