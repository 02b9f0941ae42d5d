//! One fast look over an encoded event: can there be a secret in it at all?
//!
//! Nearly every event has none, and the caller waits, so this pass decides whether the slow one is needed. It looks for
//! short stems, one of which is in everything that the slow pass can find (a test holds the two lists together), in
//! vectorised searches of some sixteen patterns each: the search looks at eight groups of patterns at a time, and with
//! more than two patterns in a group nearly every text has places that only a closer look rules out. Case is folded by
//! setting bit 5 of each byte on the way into a small buffer: that maps a few marks onto each other too, which costs a
//! needless second look at worst.

use aho_corasick::packed::{Config, Searcher};

use super::neighbours::{CLOSE, is_plausible};

/// Stems of four bytes and more.
const LONG: &[&str] = &[
    "pass",
    "secret",
    "token",
    "credential",
    "auth",
    "cookie",
    "bearer",
    "basic ",
    "sig=",
    "signature",
    "mnemonic",
    "phrase",
    "recovery",
    "backup",
    "k_live",
    "k_test",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "glpat-",
    "akia",
    "asia",
    "aiza",
    "-----",
    "npm_",
    "pypi-",
    "ya29.",
    "gocspx-",
    "gsk_",
    "pat_",
];

/// Stems of three bytes, and what would be too much for the first searches.
const SHORT: &[&str] = &[
    "sk-", "eyj", "://", "hf_", "pwd", "xox", "key", "otp", "hvs.", "mysql", "xai-", "dop_v1", "xapp-", "\\u00",
    "curl", "hooks",
];

/// How many patterns one search has: two for each of its eight groups.
const AT_ONCE: usize = 16;

/// The search looks at so many bytes at a time. It takes the last bytes of a text that doesn't end with such a step once
/// more, and what stands before the first step for anything at all; zeros in front and behind keep both from finding
/// places to look at closely.
const STEP: usize = 32;
/// How many bytes at most the search takes as read before its first step: one fewer than its shortest pattern has, up
/// to four.
const LEAD: usize = 3;
/// As many zeros again, which the first step finds where nothing was looked at before.
const FRONT: usize = 2 * LEAD;
/// The buffer for folded bytes.
const BUFFER: usize = LEAD + 16 * STEP;
/// How many bytes are folded at a time.
const WINDOW: usize = BUFFER - FRONT;

/// What the slow pass knows, as stems to look for first.
#[derive(Clone)]
pub(super) struct Screen {
    searches: Vec<Search>,
    /// The longest stem, in bytes: windows overlap by one byte less.
    longest: usize,
}

/// Some bytes as they are searched, with zeros around them, and where they stand in the whole.
struct Window<'b> {
    folded: &'b [u8],
    bytes: &'b [u8],
    start: usize,
}

#[derive(Clone)]
struct Search {
    stems: Vec<Vec<u8>>,
    lead: usize,
    /// `None` where the machine has no vector unit that the search knows, or a service has very many keys of its own.
    fast: Option<Searcher>,
}

impl Screen {
    /// The built-in stems and the beginnings of a service's own keys.
    pub(super) fn new<'k>(own: impl Iterator<Item = &'k str>) -> Self {
        let own: Vec<String> = own.map(own_stem).collect();
        let lists: [Vec<Vec<u8>>; 3] = [
            LONG.iter().map(|stem| fold_text(stem)).collect(),
            SHORT.iter().map(|stem| fold_text(stem)).collect(),
            own.iter().map(|stem| fold_text(stem)).collect(),
        ];
        let searches: Vec<Search> =
            lists.iter().flat_map(|stems| stems.chunks(AT_ONCE)).map(|stems| Search::new(stems.to_vec())).collect();
        let longest = searches.iter().flat_map(|search| &search.stems).map(Vec::len).max().unwrap_or(1);
        Self { searches, longest }
    }

    /// Whether there may be a secret in these bytes.
    pub(super) fn suspects(&self, bytes: &[u8]) -> bool {
        let mut folded = [0; BUFFER];
        let mut start = 0;
        loop {
            let end = bytes.len().min(start + WINDOW);
            let n_bytes = end - start;
            for (to, from) in folded[FRONT..].iter_mut().zip(&bytes[start..end]) {
                *to = fold(*from);
            }
            let whole_steps = LEAD + (FRONT - LEAD + n_bytes).next_multiple_of(STEP);
            folded[FRONT + n_bytes..whole_steps].fill(0);
            let window = Window { folded: &folded[..whole_steps], bytes, start };
            if self.searches.iter().any(|search| search.finds(&window)) {
                return true;
            }
            if end == bytes.len() {
                return false;
            }
            start = end - (self.longest - 1);
        }
    }
}

impl Search {
    fn new(stems: Vec<Vec<u8>>) -> Self {
        let fast = Config::new().builder().extend(&stems).build();
        let lead = stems.iter().map(|stem| stem.len().saturating_sub(1)).min().unwrap_or(LEAD).min(LEAD);
        Self { stems, lead, fast }
    }

    /// Whether a stem is in the window and plausible in its place in the whole.
    fn finds(&self, window: &Window<'_>) -> bool {
        let folded = window.folded;
        let Some(fast) = &self.fast else {
            return self.stems.iter().any(|stem| folded.windows(stem.len()).any(|part| part == stem));
        };
        let mut from = LEAD - self.lead;
        while let Some(found) = fast.find_in(folded, (from..folded.len()).into()) {
            let at = window.start + found.start() - FRONT;
            if is_plausible(&self.stems[found.pattern().as_usize()], window.bytes, at) {
                return true;
            }
            from = found.start() + 1;
        }
        false
    }
}

/// The stem for a service's own key: separators may stand anywhere behind its first letters.
pub(super) fn own_stem(key: &str) -> String {
    // These stems alone are looked at more closely than another's `keyring` or `otpauth` should be.
    let is_close = CLOSE.iter().any(|stem| key.starts_with(stem));
    key.chars().take(if is_close { 4 } else { 3 }).collect()
}

fn fold(byte: u8) -> u8 {
    byte | 0x20
}

fn fold_text(text: &str) -> Vec<u8> {
    text.bytes().map(fold).collect()
}

/// Whether a pattern of the slow pass has a stem of this one in it.
#[cfg(test)]
pub(super) fn covers(pattern: &str) -> bool {
    let pattern = fold_text(pattern);
    LONG.iter()
        .chain(SHORT)
        .map(|stem| fold_text(stem))
        .any(|stem| pattern.windows(stem.len()).any(|part| part == stem))
}
