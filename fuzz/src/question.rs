//! What somebody asks of the trail: the pairs of a URL's query or of a tool's arguments, here one pair `name=value` a line.

use annals_ask::Question;
use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::check;

/// The present, for moments such as `2h`: 2026-11-20T14:30:00Z.
const NOW: i64 = 1_795_185_000;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let now = Zoned::new(Timestamp::from_second(NOW).expect("a time"), TimeZone::UTC);
    let pairs = text.lines().map(|line| line.split_once('=').unwrap_or((line, "")));
    let question = match Question::read(pairs, &now) {
        Ok(question) => question,
        Err(invalid) => return check::refused(&invalid),
    };
    let pairs = question.pairs().map(|(name, value)| -> (&str, &str) { (name, value) });
    let asked = Question::read(pairs, &now);
    assert_eq!(asked.as_ref(), Ok(&question), "the pairs of a question ask something else");
    let query = question.query_with(&[]);
    assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>#?+".contains(&byte)), "no query: {query:?}");
    let pairs: Vec<(&str, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').map(|(name, value)| (name, unescaped(value))).expect("a pair"))
        .collect();
    let asked = Question::read(pairs.iter().map(|(name, value)| (*name, value.as_str())), &now);
    assert_eq!(asked.as_ref(), Ok(&question), "a link asks something else");
}

/// A value of a query without its percent-encoding.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            u8::from_str_radix(str::from_utf8(&digits).expect("digits"), 16).expect("digits")
        } else {
            byte
        });
    }
    String::from_utf8(bytes).expect("what was text is text")
}
