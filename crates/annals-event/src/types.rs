//! The event types: a closed list, and what a service registers beside it.
//!
//! A trail is searched by type, so a misspelt type is a lost event: it is refused at the call, and the nearest known
//! type proposed. Registering is done on a service, never globally, so that one part of a program can't change what
//! another part's trail accepts. `audit.*` is Annals' own and can be neither recorded nor registered from outside.

use std::fmt;

use crate::error::{Invalid, InvalidKind, nearest, quoted};

#[cfg(test)]
mod tests;

/// The longest name of a type, in bytes.
const MAX_TYPE_BYTES: usize = 64;

/// The nine types that the event bus audits.
const AUDITED: [&str; 9] = [
    "plan_applied",
    "plan_cancelled",
    "resource_modified",
    "correction_applied",
    "config_changed",
    "entity_deleted",
    "session_created",
    "auth_success",
    "auth_failure",
];

/// The dotted taxonomy.
const TAXONOMY: [(&str, &[&str]); 14] = [
    ("plan", &["created", "phase_changed", "state_changed", "applied", "cancelled", "errored"]),
    ("decision", &["created", "approved", "corrected", "superseded"]),
    ("invariant", &["reconciled", "violated", "enforced"]),
    ("actor", &["invoked", "completed", "errored", "escalated"]),
    ("tool", &["invoked", "completed", "errored", "retried"]),
    ("resource", &["accessed", "modified", "indexed"]),
    ("sandbox", &["created", "committed", "rolled_back", "checkpoint_created", "checkpoint_restored"]),
    ("context", &["built", "query_executed"]),
    ("validation", &["started", "passed", "failed"]),
    ("session", &["created", "ended", "notified"]),
    ("cost", &["budget_warning", "budget_exceeded"]),
    ("guard", &["allowed", "asked", "denied"]),
    ("approval", &["requested", "granted", "refused"]),
    (
        "audit",
        &[
            "gap",
            "alive",
            "erased",
            "pruned",
            "tree_begun",
            "key_rotated",
            "continued",
            "started",
            "stopped",
            "configured",
        ],
    ),
];

/// Annals' own part of the taxonomy.
const OWN: &str = "audit";

/// The types that a service knows.
#[derive(Clone)]
pub struct Types {
    /// What callers may record, sorted.
    known: Vec<Box<str>>,
    /// The first eight bytes of each as a number, which sorts as they do: a search through these alone finds nearly
    /// every type, and looks into one text at its end.
    heads: Vec<u64>,
}

impl Types {
    /// The nine audited types and the taxonomy.
    pub fn standard() -> Self {
        let mut known: Vec<Box<str>> = AUDITED.iter().map(|name| (*name).into()).collect();
        known.extend(TAXONOMY.iter().filter(|(group, _)| *group != OWN).flat_map(dotted));
        Self::of(known)
    }

    /// The standard types and these. A type is registered by a name of lower-case words: `deploy_started`,
    /// `deploy.started`. Registering a type twice, or one that is standard, changes nothing.
    pub fn with<T: AsRef<str>>(registered: impl IntoIterator<Item = T>) -> Result<Self, Invalid> {
        let mut known = Self::standard().known;
        for name in registered {
            let name = name.as_ref();
            registrable(name)?;
            known.push(name.into());
        }
        Ok(Self::of(known))
    }

    /// What a service writes of itself, and lets no caller write: that it was started, stopped and configured, and that it lives.
    pub fn of_service() -> Self {
        Self::of(["alive", "configured", "started", "stopped"].map(|name| format!("{OWN}.{name}").into()).to_vec())
    }

    fn of(mut known: Vec<Box<str>>) -> Self {
        known.sort_unstable();
        known.dedup();
        let heads = known.iter().map(|name| head(name.as_bytes())).collect();
        Self { known, heads }
    }

    /// The nine types that the event bus audits, in the order of the documentation.
    pub fn audited() -> &'static [&'static str] {
        &AUDITED
    }

    /// Whether a caller may record this type; the error proposes the nearest known one.
    pub fn check(&self, event_type: &str) -> Result<(), Invalid> {
        if self.knows(event_type.as_bytes()) {
            return Ok(());
        }
        if is_own(event_type) {
            return Err(own());
        }
        if event_type.is_empty() {
            return Err(Invalid::new("event_type", InvalidKind::Missing, "an event needs a type"));
        }
        let problem = format!("`{}` is not a known event type", quoted(event_type));
        let error = Invalid::new("event_type", InvalidKind::UnknownType, problem);
        Err(match self.nearest(event_type) {
            Some(name) => error.with_hint(format!("did you mean `{name}`?")),
            None => error.with_hint(format!(
                "one of {}; your own are registered by the setting `audit_event_types`",
                self.iter().collect::<Vec<_>>().join(", ")
            )),
        })
    }

    /// The same without a reason.
    pub(crate) fn knows(&self, event_type: &[u8]) -> bool {
        let head = head(event_type);
        let first = self.heads.partition_point(|known| *known < head);
        let same_head = self.heads[first..].iter().take_while(|known| **known == head).count();
        self.known[first..first + same_head].iter().any(|known| known.as_bytes() == event_type)
    }

    /// The types that a pattern of a search stands for, sorted: `tool.*` for all types of that group, the name itself
    /// for a known type, nothing for what no type matches. `audit.*` can be searched like any other.
    pub fn expand(&self, pattern: &str) -> Vec<String> {
        let group = pattern.strip_suffix('*').filter(|group| group.is_empty() || group.ends_with('.'));
        let matches = |name: &str| group.map_or(name == pattern, |group| name.starts_with(group));
        let mut names: Vec<String> =
            self.known.iter().map(AsRef::as_ref).filter(|name| matches(name)).map(str::to_owned).collect();
        names.extend(
            TAXONOMY
                .iter()
                .filter(|(group, _)| *group == OWN)
                .flat_map(dotted)
                .filter_map(|name| matches(&name).then(|| name.into())),
        );
        names.sort_unstable();
        names
    }

    /// Every type that a caller may record, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(AsRef::as_ref)
    }

    /// The known type that a misspelt one most likely meant.
    pub fn nearest(&self, event_type: &str) -> Option<&str> {
        // Whoever writes the last word alone, or the words with another separator, meant the type that has them.
        let words = event_type.to_ascii_lowercase().replace(['-', ' ', ':', '/'], "_");
        let same_words = self.iter().find(|name| name.replace('.', "_") == words.replace('.', "_"));
        let same_spelling = self.iter().find(|name| *name == words);
        same_spelling.or(same_words).or_else(|| nearest(&words, self.iter()))
    }
}

impl Default for Types {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn dotted(&(group, words): &(&'static str, &'static [&'static str])) -> impl Iterator<Item = Box<str>> {
    words.iter().map(move |word| format!("{group}.{word}").into_boxed_str())
}

fn head(name: &[u8]) -> u64 {
    if let Some(head) = name.first_chunk::<8>() {
        return u64::from_be_bytes(*head);
    }
    let mut head = [0; 8];
    head[..name.len()].copy_from_slice(name);
    u64::from_be_bytes(head)
}

fn is_own(name: &str) -> bool {
    name.strip_prefix(OWN).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn own() -> Invalid {
    Invalid::new("event_type", InvalidKind::Reserved, "types of `audit.*` are written by Annals alone")
        .with_hint("choose a name outside of `audit.`")
}

fn registrable(name: &str) -> Result<(), Invalid> {
    if is_own(name) {
        return Err(own());
    }
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if name.len() <= MAX_TYPE_BYTES && name.split('.').all(word) {
        return Ok(());
    }
    let problem = format!("`{}` can't be the name of an event type", quoted(name));
    Err(Invalid::new("event_type", InvalidKind::Malformed, problem).with_hint(format!(
        "words of `a`-`z`, digits and `_`, joined by dots, each beginning with a letter, at most {MAX_TYPE_BYTES} bytes"
    )))
}
