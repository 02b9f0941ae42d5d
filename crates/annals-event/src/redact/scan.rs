//! The slow pass: where exactly the secrets in a text are.
//!
//! One automaton finds every place that can begin or name a secret; the rule of that place decides and says how far it
//! reaches. Ranges that overlap become one replacement. A text whose letters are written as `\u0070` is looked at a
//! second time with them read.

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::keys::Keys;
use super::screen::own_stem;
use super::{REDACTED, assignment, forms};

#[cfg(test)]
mod tests;

/// What to make of a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    /// A stem of a sensitive key: `…token…=value`.
    Key,
    /// A provider's prefix, and how many characters follow it at least.
    Prefix(usize),
    OpenAi,
    Aws,
    Jwt,
    Pem,
    Url,
    Bearer,
    Basic,
    Webhook,
    Curl,
    Mysql,
}

const PATTERNS: &[(&str, Rule)] = &[
    ("pass", Rule::Key),
    ("pwd", Rule::Key),
    ("secret", Rule::Key),
    ("token", Rule::Key),
    ("key", Rule::Key),
    ("credential", Rule::Key),
    ("auth", Rule::Key),
    ("bearer", Rule::Key),
    ("cookie", Rule::Key),
    ("otp", Rule::Key),
    ("mnemonic", Rule::Key),
    ("seedphrase", Rule::Key),
    ("seed_phrase", Rule::Key),
    ("seed-phrase", Rule::Key),
    ("seed.phrase", Rule::Key),
    ("seed phrase", Rule::Key),
    ("recoverycode", Rule::Key),
    ("recovery_code", Rule::Key),
    ("recovery-code", Rule::Key),
    ("recovery.code", Rule::Key),
    ("recovery code", Rule::Key),
    ("backupcode", Rule::Key),
    ("backup_code", Rule::Key),
    ("backup-code", Rule::Key),
    ("backup.code", Rule::Key),
    ("backup code", Rule::Key),
    ("sig=", Rule::Key),
    ("signature=", Rule::Key),
    ("amzsignature", Rule::Key),
    ("amz-signature", Rule::Key),
    ("amz_signature", Rule::Key),
    ("googsignature", Rule::Key),
    ("goog-signature", Rule::Key),
    ("goog_signature", Rule::Key),
    ("sk-", Rule::OpenAi),
    ("sk_live_", Rule::Prefix(8)),
    ("sk_test_", Rule::Prefix(8)),
    ("rk_live_", Rule::Prefix(8)),
    ("rk_test_", Rule::Prefix(8)),
    ("ghp_", Rule::Prefix(10)),
    ("gho_", Rule::Prefix(10)),
    ("ghs_", Rule::Prefix(10)),
    ("ghu_", Rule::Prefix(10)),
    ("ghr_", Rule::Prefix(10)),
    ("github_pat_", Rule::Prefix(10)),
    ("glpat-", Rule::Prefix(10)),
    ("xoxa-", Rule::Prefix(8)),
    ("xoxb-", Rule::Prefix(8)),
    ("xoxe-", Rule::Prefix(8)),
    ("xoxp-", Rule::Prefix(8)),
    ("xoxr-", Rule::Prefix(8)),
    ("xoxs-", Rule::Prefix(8)),
    ("xapp-", Rule::Prefix(10)),
    ("AIza", Rule::Prefix(20)),
    ("ya29.", Rule::Prefix(20)),
    ("GOCSPX-", Rule::Prefix(16)),
    ("hf_", Rule::Prefix(20)),
    ("npm_", Rule::Prefix(30)),
    ("pypi-", Rule::Prefix(30)),
    ("gsk_", Rule::Prefix(20)),
    ("xai-", Rule::Prefix(30)),
    ("hvs.", Rule::Prefix(20)),
    ("dop_v1_", Rule::Prefix(20)),
    ("shpat_", Rule::Prefix(20)),
    ("dckr_pat_", Rule::Prefix(20)),
    ("AGE-SECRET-KEY-1", Rule::Prefix(20)),
    ("AKIA", Rule::Aws),
    ("ASIA", Rule::Aws),
    ("eyJ", Rule::Jwt),
    ("-----BEGIN ", Rule::Pem),
    ("-----END ", Rule::Pem),
    ("://", Rule::Url),
    ("bearer", Rule::Bearer),
    ("basic ", Rule::Basic),
    ("hooks.slack.com/services/", Rule::Webhook),
    ("/api/webhooks/", Rule::Webhook),
    ("curl", Rule::Curl),
    ("mysql", Rule::Mysql),
];

/// Longer than any key with what joins it to its value.
const MARGIN: usize = 256;

pub(super) struct Scan {
    automaton: AhoCorasick,
}

impl Scan {
    /// The built-in patterns and the beginnings of a service's own keys.
    pub(super) fn new<'k>(own: impl Iterator<Item = &'k str>) -> Self {
        let patterns = PATTERNS.iter().map(|(pattern, _)| (*pattern).to_owned()).chain(own.map(own_stem));
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(patterns)
            .expect("some hundred short patterns make an automaton");
        Self { automaton }
    }

    /// The text without its secrets, and how many those were.
    pub(super) fn clean<'t>(&self, text: &'t str, keys: &Keys) -> (Cow<'t, str>, u32) {
        let ranges = self.secrets(text, keys);
        if let Some(read) = forms::unescaped(text) {
            let in_read = self.secrets(&read, keys);
            if in_read.len() > ranges.len() {
                return replaced(&read, &in_read).map_or((Cow::Borrowed(text), 0), |(clean, n)| (Cow::Owned(clean), n));
            }
        }
        replaced(text, &ranges).map_or((Cow::Borrowed(text), 0), |(clean, n)| (Cow::Owned(clean), n))
    }

    /// Where the secrets are: in order, not overlapping, on character boundaries.
    fn secrets(&self, text: &str, keys: &Keys) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut taken_to = 0;
        for place in self.automaton.find_overlapping_iter(text) {
            // Deep inside of what is taken already nothing can reach beyond it: hostile text must not cost a look from
            // each of its places to its end.
            if taken_to > place.end() + MARGIN {
                continue;
            }
            let (pattern, rule) = PATTERNS.get(place.pattern().as_usize()).copied().unwrap_or(("", Rule::Key));
            let mut take = |range| {
                let range = forms::on_boundaries(text, range);
                if !range.is_empty() && &text[range.clone()] != REDACTED {
                    taken_to = taken_to.max(range.end);
                    found.push(range);
                }
            };
            if rule == Rule::Curl {
                forms::curl(text, place.range()).into_iter().for_each(take);
            } else if let Some(range) = secret_at(text, place.range(), pattern, rule, keys) {
                take(range);
            }
        }
        found.sort_unstable_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

fn secret_at(text: &str, place: Range<usize>, pattern: &str, rule: Rule, keys: &Keys) -> Option<Range<usize>> {
    // Keys are found in any case; a provider's prefix in another case is no such key.
    let exact = &text.as_bytes()[place.clone()] == pattern.as_bytes();
    match rule {
        Rule::Key => assignment::value(text, place, keys),
        Rule::Prefix(n_least) if exact => forms::prefixed(text, place, n_least),
        Rule::OpenAi if exact => forms::open_ai(text, place),
        Rule::Aws if exact => forms::aws(text, place),
        Rule::Jwt if exact => forms::jwt(text, place),
        Rule::Pem => forms::pem(text, place),
        Rule::Url => forms::user_info(text, place),
        Rule::Bearer => forms::bearer(text, place),
        Rule::Basic => forms::basic(text, place),
        Rule::Webhook => forms::webhook(text, place),
        Rule::Mysql => forms::mysql(text, place),
        Rule::Prefix(_) | Rule::OpenAi | Rule::Aws | Rule::Jwt | Rule::Curl => None,
    }
}

fn replaced(text: &str, ranges: &[Range<usize>]) -> Option<(String, u32)> {
    if ranges.is_empty() {
        return None;
    }
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        clean.push_str(&text[from..range.start]);
        clean.push_str(REDACTED);
        from = range.end;
    }
    clean.push_str(&text[from..]);
    Some((clean, u32::try_from(ranges.len()).unwrap_or(u32::MAX)))
}

/// The test of the screen's list walks over this one.
#[cfg(test)]
pub(super) fn patterns() -> impl Iterator<Item = &'static str> {
    PATTERNS.iter().map(|(pattern, _)| *pattern)
}
