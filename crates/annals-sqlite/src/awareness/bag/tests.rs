//! What a bag says of the words that were put into it.

use super::*;

#[test]
fn a_word_weighs_by_its_fields_and_one_that_is_not_there_nothing() {
    let packed = pack_fields(["backup nas", "nas nas weekly", "backup 2026"]);
    let bag = Bag::new(&packed);
    for (word, weight) in [("backup", 6.0), ("nas", 6.0), ("weekly", 1.0), ("2026", 2.0), ("absent", 0.0), ("", 0.0)] {
        assert!((bag.weight(digest(word)) - weight).abs() < 1e-9, "`{word}`");
    }
    assert!((bag.length() - 7.0).abs() < 1e-9);
}

#[test]
fn it_says_the_same_as_another_with_nearly_all_of_its_words() {
    let text = (0..30).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    let like = |one: [&str; 3], other: [&str; 3]| {
        let (one, other) = (pack_fields(one), pack_fields(other));
        let (there, back) = (Bag::new(&one).is_like(Bag::new(&other)), Bag::new(&other).is_like(Bag::new(&one)));
        assert_eq!(there, back);
        // Whoever is alike looks so at first.
        assert!(!there || Bag::new(&one).sketch().may_be_like(Bag::new(&other).sketch()));
        there
    };
    assert!(like(["disk full", "", ""], ["disk full", "", "nas"]), "labels say nothing");
    assert!(like(["disk", "full", ""], ["full", "disk", ""]));
    assert!(like([&text, "", ""], [&text, "more", ""]));
    assert!(!like([&text, "", ""], [&text, "some four words more", ""]));
    assert!(!like(["disk full", "", ""], ["disk empty", "", ""]));
    assert!(!like(["", "", "nas"], ["", "", "nas"]), "two that say nothing");
}

#[test]
fn a_bag_that_is_none_is_empty() {
    for packed in [&[][..], &[1], &[9, 9, 9, 9], &[1, 0, 0, 0, 7, 7]] {
        let bag = Bag::new(packed);
        assert!(bag.weight(digest("a")).abs() < 1e-9);
        assert!(!bag.is_like(bag));
    }
}

#[test]
fn many_of_a_word_are_counted_up_to_a_bound() {
    let packed = pack_fields(["", &"a ".repeat(1_000), ""]);
    let bag = Bag::new(&packed);
    assert!((bag.weight(digest("a")) - 255.0).abs() < 1e-9);
    assert!((bag.length() - 1_000.0).abs() < 1e-9);
}

#[test]
fn a_long_text_says_in_which_passages_a_word_stands_and_a_short_one_does_not() {
    let filler = |n: usize| (0..n).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    let body = format!("first {} middle {} last", filler(99), filler(99));
    let packed = pack_fields(["", &body, "label"]);
    let bag = Bag::new(&packed);
    assert!(bag.is_long() && (bag.length() - 202.0).abs() < 1e-9);
    // Parts of twenty words: the first, the sixth and the eleventh; each is in the passage before as well.
    for (word, passages) in
        [("first", 0b1), ("middle", 0b11_0000), ("last", 0b110_0000_0000), ("label", u64::MAX), ("absent", 0)]
    {
        assert_eq!(bag.passages(digest(word)), passages, "`{word}`");
        assert_eq!(0.0 < bag.weight(digest(word)), word != "absent");
    }
    assert!(bag.is_like(bag));
    // Three times as many words as fit into 64 parts of twenty.
    let packed = pack_fields(["", &format!("{} end", filler(3_839)), ""]);
    assert_eq!(Bag::new(&packed).passages(digest("end")), 0b11 << 62);
    let packed = pack_fields(["", &filler(150), ""]);
    assert!(!Bag::new(&packed).is_long() && Bag::new(&packed).passages(digest("w0")) == 0);
}

#[test]
fn a_long_bag_that_is_cut_off_is_no_panic() {
    let packed = pack_fields(["", &(0..200).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" "), ""]);
    for end in 0..packed.len() {
        let bag = Bag::new(&packed[..end]);
        let _ = (bag.weight(digest("w7")), bag.passages(digest("w7")), bag.sketch(), bag.is_like(bag));
    }
}

#[test]
fn a_long_bag_from_before_there_were_parts_is_of_its_words_and_another_is_not() {
    let text = (0..200).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    let packed = pack_fields(["", &text, ""]);
    let n_words = Bag::new(&packed).words().len();
    let mut older = packed[..HEAD + n_words * WIDTH].to_vec();
    older[HEAD - 1] = 0;
    assert!(is_of_words(&packed, &packed) && is_of_words(&older, &packed));
    for at in [0, HEAD, HEAD + 4, older.len() - 1] {
        let mut changed = older.clone();
        changed[at] ^= 1;
        assert!(!is_of_words(&changed, &packed), "byte {at}");
        let mut changed = packed.clone();
        changed[at] ^= 1;
        assert!(!is_of_words(&changed, &packed), "byte {at}");
    }
    assert!(!is_of_words(&packed[..packed.len() - 1], &packed) && !is_of_words(&[], &packed));
    let short = pack_fields(["", "a b", ""]);
    assert!(is_of_words(&short, &short) && !is_of_words(&short[..HEAD], &short));
}
