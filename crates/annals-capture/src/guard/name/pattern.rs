//! Patterns of a shell or of a search: `.e*v`, `.en?`, `*.{pem,key}`.
//!
//! A pattern counts where it says something about a guarded name: `*` and `*.*` match everything, and are no way to ask for one.

/// Names that a pattern is tried on.
pub(super) const SECRETS: &[&str] = &[
    ".env",
    ".env.local",
    ".env.production",
    ".envrc",
    "server.key",
    "private.key",
    "server.pem",
    "cert.pem",
    "key.pem",
    "id.key",
];

/// The most names that braces are written out to.
const MOST: usize = 64;

/// Whether a pattern matches one of the names, and means to.
pub(super) fn matches_one_of(pattern: &str, names: &[&str]) -> bool {
    if !pattern.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'[')) || pattern.len() > 256 {
        return false;
    }
    let pattern = pattern.to_ascii_lowercase();
    names.iter().any(|name| means(&pattern, name) && matches(pattern.as_bytes(), name.as_bytes()))
}

/// Whether a pattern that matches the name says something about it.
fn means(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') {
        // A shell wants the leading dot written; a search through a tree doesn't.
        return pattern.starts_with(['.', '[']) || pattern.contains("env") || pattern.contains("ssh");
    }
    let extension = pattern.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether the pattern of `*`, `?` and `[…]` matches the whole name.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut within) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while within < name.len() {
        match step(&pattern[at..], name[within]) {
            Some(Step::Star) => {
                star = Some((at + 1, within));
                at += 1;
            }
            Some(Step::One(length)) => {
                at += length;
                within += 1;
            }
            None => {
                let Some((behind, from)) = star else { return false };
                star = Some((behind, from + 1));
                (at, within) = (behind, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

enum Step {
    Star,
    One(usize),
}

fn step(pattern: &[u8], byte: u8) -> Option<Step> {
    match *pattern.first()? {
        b'*' => Some(Step::Star),
        b'?' => Some(Step::One(1)),
        b'[' => {
            let end = pattern.iter().skip(2).position(|byte| *byte == b']').map(|at| at + 2)?;
            let (negated, set) = match pattern[1] {
                b'!' | b'^' => (true, &pattern[2..end]),
                _ => (false, &pattern[1..end]),
            };
            let ranged = set.windows(3).any(|range| range[1] == b'-' && (range[0]..=range[2]).contains(&byte));
            ((ranged || set.contains(&byte)) != negated).then_some(Step::One(end + 1))
        }
        literal => (literal == byte).then_some(Step::One(1)),
    }
}

/// A name with its braces written out: `.{env,git}` is `.env` and `.git`.
pub(super) fn braces(name: &str) -> Vec<String> {
    let mut waiting = vec![name.to_owned()];
    let mut written = Vec::new();
    while let Some(name) = waiting.pop() {
        // The innermost pair first, so that nothing is nested in it.
        let pair = name.find('}').and_then(|end| Some((name[..end].rfind('{')?, end)));
        match pair {
            Some((start, end)) if written.len() + waiting.len() < MOST => {
                let (before, after) = (&name[..start], &name[end + 1..]);
                waiting.extend(name[start + 1..end].split(',').map(|one| format!("{before}{one}{after}")));
            }
            _ => written.push(name),
        }
    }
    written
}
