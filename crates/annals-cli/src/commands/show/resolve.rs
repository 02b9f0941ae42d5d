//! From the beginning of an id or a name to the one thing that it means.
//!
//! A whole id beats a session that was given the same name, and a whole name or id beats those that only begin with it. Where several fit, they are listed and nothing is guessed.

use annals::{Audit, EventId, StoredEvent};

use crate::failure::{self, Failure};
use crate::output::quoted;

/// How many candidates are listed.
const N_LISTED: usize = 10;

/// How many hexadecimal digits an id has.
const ID_DIGITS: usize = 32;

/// What was meant.
pub(super) enum Found {
    /// An event.
    Event(Box<StoredEvent>),
    /// A session, by its whole name.
    Session(String),
}

/// Finds it; `None` when nothing begins like this.
pub(super) fn find(audit: &Audit, text: &str) -> Result<Option<Found>, Failure> {
    if text.is_empty() {
        return Err(Failure::usage(
            "`ID|SESSION` is empty (hint: give the beginning of an event's id or of a session's name)",
        ));
    }
    let sessions = audit.sessions_with_prefix(text, N_LISTED + 1)?;
    let digits = hexadecimal(text);
    // Sessions are named by strangers, so that a name must not hide an event.
    if let Some(id) = digits.as_deref().filter(|digits| digits.len() == ID_DIGITS)
        && let [id] = audit.ids_with_prefix(id, 2)?[..]
    {
        if sessions.iter().any(|name| name == text) {
            let name = quoted(text);
            failure::note(&format!(
                "a session is called `{text}` too (hint: `annals query --order oldest --session {name}` has its events)"
            ));
        }
        return Ok(audit.get(id)?.map(|event| Found::Event(Box::new(event))));
    }
    if sessions.iter().any(|name| name == text) {
        return Ok(Some(Found::Session(text.to_owned())));
    }
    let ids = match digits {
        Some(prefix) => audit.ids_with_prefix(&prefix, N_LISTED + 1)?,
        None => Vec::new(),
    };
    match (ids.as_slice(), sessions.as_slice()) {
        ([], []) => nothing(text),
        ([id], []) => Ok(audit.get(*id)?.map(|event| Found::Event(Box::new(event)))),
        ([], [name]) => Ok(Some(Found::Session(name.clone()))),
        _ => Err(ambiguous(text, &ids, &sessions)),
    }
}

/// The digits of what may be the beginning of an id.
fn hexadecimal(text: &str) -> Option<String> {
    let digits: String =
        text.chars().filter(|character| *character != '-').map(|character| character.to_ascii_lowercase()).collect();
    let fits = !digits.is_empty() && digits.len() <= ID_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then_some(digits)
}

/// Nothing begins like this; a date is told what it is.
fn nothing(text: &str) -> Result<Option<Found>, Failure> {
    match text.parse::<EventId>() {
        Err(invalid) if invalid.hint().is_some_and(|hint| hint.contains("`since`")) => Err(invalid.into()),
        _ => Ok(None),
    }
}

fn ambiguous(text: &str, ids: &[EventId], sessions: &[String]) -> Failure {
    let candidates =
        ids.iter().map(|id| format!("event {id}")).chain(sessions.iter().map(|name| format!("session {name}")));
    let all: Vec<String> = candidates.collect();
    let listed = all.iter().take(N_LISTED).cloned();
    let rest = (N_LISTED < all.len()).then(|| "… and more".to_owned());
    Failure::usage(format!("`{text}` is the beginning of several (hint: give more of the one you mean)"))
        .with_lines(listed.chain(rest))
}
