//! However the bytes are cut into chunks, the lines are the same.

use std::convert::Infallible;

use super::{Line, Lines};

/// The lines of at most four bytes in `text`, fed in chunks of `size`: the text, or the length of one that is too long.
fn lines(text: &str, size: usize) -> Vec<(u64, Result<String, u64>)> {
    let mut lines = Lines::new(4);
    let mut found = Vec::new();
    let mut each = |number, line: Line<'_>| {
        found.push((
            number,
            match line {
                Line::Whole(bytes) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
                Line::TooLong(n_bytes) => Err(n_bytes),
            },
        ));
        Ok::<(), Infallible>(())
    };
    for chunk in text.as_bytes().chunks(size) {
        lines.feed(chunk, &mut each).unwrap();
    }
    lines.end(&mut each).unwrap();
    found
}

#[track_caller]
fn check(text: &str, expected: &[Result<&str, u64>]) {
    let expected: Vec<_> = (1..).zip(expected.iter().map(|line| line.map(str::to_owned))).collect();
    for size in 1..=text.len().max(1) {
        assert_eq!(lines(text, size), expected, "in chunks of {size}");
    }
}

#[test]
fn lines_are_cut_and_numbered() {
    check("", &[]);
    check("a\nbc\n", &[Ok("a"), Ok("bc")]);
    check("a\n\nb", &[Ok("a"), Ok(""), Ok("b")]);
    check("\n", &[Ok("")]);
    check("abcd\nabcde\nabcd", &[Ok("abcd"), Err(5), Ok("abcd")]);
    check("aaaaaaaaaaaaaaaaaaaa\n\nb\n", &[Err(20), Ok(""), Ok("b")]);
    check("aaaaaaaaaaa", &[Err(11)]);
}

#[test]
fn a_failure_ends_the_feeding_at_its_line() {
    let mut lines = Lines::new(4);
    let mut seen = 0;
    let result = lines.feed(b"a\nb\nc\n", &mut |number, _| {
        seen = number;
        if number == 2 { Err(()) } else { Ok(()) }
    });
    assert_eq!((result, seen), (Err(()), 2));
}
