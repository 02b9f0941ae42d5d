//! The batch that one Annals sends another: a first line, and an event in each line behind it.

use annals_event::GapSpan;
use annals_forward::{BadLine, Top, read_line};

use crate::check;

/// The largest number that every reader of JSON holds exactly.
const MOST: u64 = (1 << 53) - 1;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    match Top::read(lines.next().unwrap_or_default()) {
        Ok(top) => first(&top),
        Err(bad) => void(&bad),
    }
    for line in lines {
        match read_line(line) {
            Err(bad) => void(&bad),
            Ok(line) => {
                assert!(line.pseq < MOST, "a number that is no count: {}", line.pseq);
                match &line.event {
                    Ok(event) => check::recorded(event),
                    Err(refused) => check::refused(&refused.invalid),
                }
            }
        }
    }
}

/// What the first line says is written and read as the same, and its gaps follow each other.
fn first(top: &Top) {
    let mut line = String::new();
    top.write(&mut line);
    assert_eq!(Top::read(line.trim_end()).as_ref(), Ok(top));
    let mut next_free = 0;
    for gap in &top.gaps {
        let (first, last) = match gap.span {
            GapSpan::Range { first, last } => (first, last),
            GapSpan::From { first } => (first, first),
            GapSpan::After { .. } => panic!("a gap without a beginning: {gap:?}"),
        };
        assert!(next_free <= first && first <= last && last <= MOST, "gaps out of order: {:?}", top.gaps);
        next_free = last + 1;
    }
}

/// A refusal of the whole batch names a field.
fn void(bad: &BadLine) {
    assert!(!bad.field().is_empty() && !bad.problem().is_empty(), "a refusal says nothing: {bad:?}");
    check::plain(&bad.to_string());
}
