//! What a bookmark says, and what is made of one that says something else.

use super::bookmark::Bookmark;
use super::{Cell, Part};

fn bookmark() -> Bookmark {
    Bookmark {
        log: "10".repeat(16),
        stamp: "1,2;3".to_owned(),
        erased: "0".to_owned(),
        n_events: 7,
        part: Part::Readings,
        after: Some(vec![Cell::Text("größe \" \\".to_owned()), Cell::Bytes(vec![0, 255, 7])]),
    }
}

#[test]
fn a_bookmark_is_read_as_it_was_written() {
    let numbered = Bookmark { part: Part::Tile, after: Some(vec![Cell::Number(0), Cell::Number(-3)]), ..bookmark() };
    let begun = Bookmark { part: Part::Event, after: None, ..bookmark() };
    for bookmark in [bookmark(), numbered, begun] {
        assert_eq!(Bookmark::read(&bookmark.text()), Some(bookmark));
    }
}

#[test]
fn what_is_no_bookmark_is_not_taken_for_one() {
    let text = bookmark().text();
    let newer = text.replace("\"version\":1", "\"version\":2");
    assert_ne!(newer, text);
    let elsewhere = text.replace("entry_readings", "entry_thoughts");
    for text in ["", "{}", &newer, &elsewhere, &text[1..]] {
        assert_eq!(Bookmark::read(text), None, "{text}");
    }
}

#[test]
fn every_part_has_a_name_of_its_own_and_a_key() {
    for part in Part::ALL {
        assert_eq!(Part::named(part.name()), Some(part));
        assert!((1..=part.columns().len()).contains(&part.n_key()), "{part:?}");
    }
}
