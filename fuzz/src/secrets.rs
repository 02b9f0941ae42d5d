//! Taking secrets out of texts that strangers wrote.
//!
//! Whatever stands around a key, the key goes; what is left is the text around what was taken; and the fast look that spares most events the slow one never lets pass what the slow one would find.

use annals_event::{Column, Encoded, Event, REDACTED, Redactor, encode};
use serde_json::json;

use crate::check::{RULES, stamp};

/// A key as a provider gives them out, made up.
const KEY: &str = "ghp_Zm9yIGZ1enppbmcgb25seSBub3Qga2V5MDEy";

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let redactor = Redactor::standard();
    let clean = redactor.redact(text);
    untouched(text, &clean);
    recorded(text, &clean);

    // A fuzzer learns what is compared, and a key glued to a word is none.
    if text.contains("ghp_") {
        return;
    }
    let half = text.floor_char_boundary(text.len() / 2);
    let around = format!("{} {KEY} {}", &text[..half], &text[half..]);
    let clean = redactor.redact(&around);
    assert!(!clean.contains(KEY), "a key stays in {around:?}: {clean:?}");
}

/// What is left stands in the text, in the same order, from its beginning to its end.
fn untouched(text: &str, clean: &str) {
    // An escape in which a secret may hide is left as the letter that it stands for.
    if text.contains("\\u") || text.contains(REDACTED) {
        return;
    }
    let pieces: Vec<&str> = clean.split(REDACTED).collect();
    let mut rest = text;
    for piece in &pieces {
        let at = rest.find(piece).unwrap_or_else(|| panic!("{clean:?} is not what is left of {text:?}"));
        rest = &rest[at + piece.len()..];
    }
    let ends = [pieces.first(), pieces.last()].map(|piece| piece.copied().unwrap_or_default());
    assert!(text.starts_with(ends[0]) && text.ends_with(ends[1]), "{clean:?} is not what is left of {text:?}");
}

/// In an event it is the same text without secrets, whether it stands in a column or deep in its details.
fn recorded(text: &str, clean: &str) {
    if text.is_empty() || text.len() > 4096 || text.contains('\0') {
        return;
    }
    let mut bytes = Vec::new();
    let event = Event::new("tool.invoked").tool(text).details(json!({ "lines": [text] }));
    encode(&event, &RULES, &stamp(), &mut bytes).expect("an event with a text");
    let event = Encoded::decode(&bytes).expect("what `encode` wrote is read");
    assert_eq!(event.get(Column::Tool), Some(clean));
    let details: serde_json::Value = serde_json::from_str(event.details().expect("details")).expect("JSON");
    assert_eq!(details["lines"][0], *clean);
}
