//! Making what came in fit: texts into columns, details into their bound.
//!
//! What is too long is cut at a character and carries size and digest of the whole.
//! Secrets are taken out *before* the cut, since half a secret is not known as one; the digest is then that of the text without them, since a short secret is guessed from its digest.
//! Whether details fit is asked of `encode` itself: its redaction may lengthen a text, and a second opinion about sizes would be wrong some day.

use std::borrow::Cow;

use annals_event::{Event, EventId, MAX_DEPTH, MAX_TEXT_BYTES, Redactor, Rules, Stamp, Timestamp, Types, encode};
use serde_json::{Map, Value, json};

use crate::content::{json_size, sha256};

mod clean;

#[cfg(test)]
mod tests;

/// Secrets are shorter than this, or known by their beginning.
const MARGIN: usize = 16 * 1024;

/// What a cut costs: the names, the size and the digest.
const OVERHEAD: usize = 128;

/// The text without NUL, which no database keeps in every form; it is shown as its symbol.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{2400}")) } else { Cow::Borrowed(text) }
}

/// A text that a column takes, or nothing where there is no text.
pub(crate) fn column(text: &str, redactor: &Redactor) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let fitted = shortened(text, MAX_TEXT_BYTES - OVERHEAD, redactor);
    Some(without_nul(&fitted).chars().collect::<String>()).filter(|text| text.len() <= MAX_TEXT_BYTES).or_else(|| {
        // The symbol of NUL is longer than NUL: a column of thousands of them is no name of anything.
        Some(format!("[{} bytes, sha256 {}]", text.len(), sha256(text.as_bytes())))
    })
}

/// A text of at most `most` bytes and its [`OVERHEAD`], with size and digest of the whole at its end where it was cut.
fn shortened<'t>(text: &'t str, most: usize, redactor: &Redactor) -> Cow<'t, str> {
    if text.len() <= most + OVERHEAD {
        return Cow::Borrowed(text);
    }
    let (cut, digest) = beginning(text, most, redactor);
    Cow::Owned(format!("{cut}…[{} bytes, sha256 {digest}]", text.len()))
}

/// `{"cut": "…", "bytes": N, "sha256": "…"}`.
pub(crate) fn text(text: &str, most: usize, redactor: &Redactor) -> Value {
    let (cut, digest) = beginning(text, most, redactor);
    json!({ "cut": cut, "bytes": text.len(), "sha256": digest })
}

/// At most `most` bytes of a text whose secrets were taken out, and the digest of the whole.
fn beginning(text: &str, most: usize, redactor: &Redactor) -> (String, String) {
    let looked_at = &text[..text.floor_char_boundary(most.saturating_add(MARGIN))];
    let clean = redactor.redact(looked_at);
    let digest = match &clean {
        Cow::Borrowed(_) => sha256(text.as_bytes()),
        Cow::Owned(clean) => sha256(clean.as_bytes()),
    };
    // What the end of a part holds may be the first half of a secret; the end of the whole is none.
    let whole = looked_at.len() == text.len();
    let certain = if whole { clean.len() } else { clean.len().saturating_sub(MARGIN / 2) };
    (clean[..clean.floor_char_boundary(most.min(certain))].to_owned(), digest)
}

/// Details that `encode` accepts with this bound, whatever came in.
pub(crate) fn details(details: Value, most: usize, redactor: &Redactor) -> Value {
    let mut details = match details {
        Value::Object(_) => details,
        other => json!({ "value": other }),
    };
    clean::clean(&mut details, MAX_DEPTH, redactor);
    let rules = Rules { types: Types::standard(), redactor: redactor.clone(), max_details: most };
    // A list takes two bytes a member, whatever its members are.
    prune(&mut details, most / 2);
    let mut longest = most;
    while longest >= 32 {
        shorten(&mut details, longest, redactor);
        if fits(&details, &rules) {
            return details;
        }
        longest /= 2;
    }
    for n_members in [1024, 256, 64, 16, 4, 1] {
        prune(&mut details, n_members);
        if fits(&details, &rules) {
            return details;
        }
    }
    // What is left is names and numbers that say nothing without the rest.
    let hook = details.get("hook").cloned();
    let least = json!({ "hook": hook, "cut": json_size(&details) });
    if fits(&least, &rules) { least } else { Value::Object(Map::new()) }
}

fn fits(details: &Value, rules: &Rules) -> bool {
    if json_size(details) > 2 * rules.max_details as u64 {
        return false;
    }
    let event = Event::new("session.notified").details(details.clone());
    let stamp = Stamp {
        id: EventId::from_bytes([0; 16]),
        created_at: Timestamp::from_nanos(0),
        space: "default",
        credential: "nobody",
        begun: false,
    };
    encode(&event, rules, &stamp, &mut Vec::new()).is_ok()
}

/// Cuts every text longer than this.
fn shorten(value: &mut Value, longest: usize, redactor: &Redactor) {
    match value {
        Value::String(whole) if whole.len() > longest.saturating_add(OVERHEAD) => {
            *value = text(whole, longest, redactor);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shorten(item, longest, redactor)),
        Value::Object(members) if is_cut(members) => {
            if let Some(Value::String(cut)) = members.get_mut("cut") {
                cut.truncate(cut.floor_char_boundary(longest));
            }
        }
        Value::Object(members) => members.values_mut().for_each(|member| shorten(member, longest, redactor)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether this is what is left of a text that was cut before.
fn is_cut(members: &Map<String, Value>) -> bool {
    members.len() == 3 && ["cut", "bytes", "sha256"].iter().all(|key| members.contains_key(*key))
}

/// Leaves the first so many members of each list and object below the details themselves.
fn prune(details: &mut Value, n_members: usize) {
    let Value::Object(members) = details else { return };
    let n_own = n_members.max(64);
    if members.len() > n_own {
        let n_omitted = members.len() - n_own;
        *members = std::mem::take(members).into_iter().take(n_own).collect();
        members.insert("omitted".to_owned(), n_omitted.into());
    }
    members.values_mut().for_each(|member| prune_within(member, n_members));
}

fn prune_within(value: &mut Value, n_members: usize) {
    match value {
        Value::Array(items) => {
            if items.len() > n_members + 1 {
                // What was left out before is told by the last item.
                let before =
                    items.last().and_then(Value::as_object).filter(|last| last.len() == 1).map_or(0, n_omitted);
                let n_gone = items.len() - n_members - usize::from(before > 0);
                items.truncate(n_members);
                items.push(json!({ "omitted": n_gone as u64 + before }));
            }
            for item in items {
                prune_within(item, n_members);
            }
        }
        Value::Object(members) => {
            if members.len() > n_members + 1 && !is_cut(members) {
                let before = n_omitted(members);
                if before > 0 {
                    members.remove("omitted");
                }
                let n_gone = members.len() - n_members;
                *members = std::mem::take(members).into_iter().take(n_members).collect();
                members.insert("omitted".to_owned(), (n_gone as u64 + before).into());
            }
            members.values_mut().for_each(|member| prune_within(member, n_members));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// How many members were left out before.
fn n_omitted(members: &Map<String, Value>) -> u64 {
    members.get("omitted").and_then(Value::as_u64).filter(|n| *n < u64::from(u32::MAX)).unwrap_or(0)
}
