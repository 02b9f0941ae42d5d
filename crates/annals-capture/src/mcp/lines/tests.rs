//! Lines however the stream is cut, bounded in memory.

use proptest::prelude::*;

use super::*;

fn split(max_bytes: usize, chunks: &[&[u8]]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut splitter = Splitter::new(max_bytes);
    for chunk in chunks {
        splitter.feed(chunk, |line| lines.push(line));
    }
    lines.extend(splitter.finish());
    lines
}

fn whole(line: &str) -> Line {
    Line::Whole(line.as_bytes().to_vec())
}

fn foreign(problem: Problem, lines: &[&[u8]]) -> Line {
    let mut run = Foreign::line(problem, lines[0]);
    for line in &lines[1..] {
        run.fold(&Foreign::line(problem, line));
    }
    Line::Foreign(run)
}

#[test]
fn lines_end_at_a_line_feed_or_with_the_stream() {
    assert_eq!(
        split(99, &[b"{}\n[1]\r\n  {\"a\"", b":1}\n\n \r\n{"]),
        [whole("{}"), whole("[1]\r"), whole("  {\"a\":1}"), whole("{"),]
    );
    assert_eq!(split(99, &[]), []);
    assert_eq!(split(99, &[b"\n\r\n"]), []);
}

#[test]
fn what_is_no_json_is_folded_by_chunks_and_digested() {
    assert_eq!(
        split(99, &[b"one\n two\n{}\nthree\n"]),
        [foreign(Problem::NotJson, &[b"one", b" two"]), whole("{}"), foreign(Problem::NotJson, &[b"three"]),]
    );
    // The digest of a line that is astride two chunks is that of the whole line.
    assert_eq!(
        split(99, &[b"one\ntw", b"o\nthree"]),
        [
            foreign(Problem::NotJson, &[b"one"]),
            foreign(Problem::NotJson, &[b"two"]),
            foreign(Problem::NotJson, &[b"three"]),
        ]
    );
    assert_eq!(split(99, &[b" ", b" x", b"\xff\0y\n"]), [foreign(Problem::NotJson, &[b"  x\xff\0y"])]);
}

#[test]
fn a_line_over_the_bound_is_counted_and_not_kept() {
    let long = b"{\"a\":\"0123456789\"}";
    assert_eq!(split(long.len(), &[long, b"\n"]), [Line::Whole(long.to_vec())]);
    for cut in 0..long.len() {
        let lines = split(long.len() - 1, &[&long[..cut], &long[cut..], b"\n{}\n"]);
        assert_eq!(lines, [foreign(Problem::TooLong, &[long]), whole("{}")], "cut at {cut}");
    }
    // Neither a flood without an end nor one of blanks grows.
    for byte in [b'x', b'{', b' '] {
        let mut splitter = Splitter::new(64);
        for _ in 0..1_000 {
            splitter.feed(&[byte; 1_000], |line| panic!("{line:?}"));
            assert!(matches!(&splitter.begun, Begun::Digested { .. }));
        }
        let Some(Line::Foreign(line)) = splitter.finish() else { panic!("a line of {byte}") };
        let problem = if byte == b'x' { Problem::NotJson } else { Problem::TooLong };
        assert_eq!((line.n_bytes, line.problem), (1_000_000, problem));
    }
}

/// Lines that were folded, as if they had come together.
fn joined(lines: Vec<Line>) -> Vec<Line> {
    let mut joined: Vec<Line> = Vec::new();
    for line in lines {
        match (joined.last_mut(), &line) {
            (Some(Line::Foreign(run)), Line::Foreign(later)) => run.fold(later),
            _ => joined.push(line),
        }
    }
    joined
}

proptest! {
    #[test]
    fn the_cuts_of_a_stream_say_nothing(
        stream in "([{x \r\"é]{0,12}\n){0,12}[{x]{0,4}",
        cuts in prop::collection::vec(0_usize..200, 0..12),
    ) {
        let stream = stream.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        prop_assert_eq!(joined(split(10, &chunks)), joined(split(10, &[stream])));
    }
}
