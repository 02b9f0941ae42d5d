//! Signed checkpoints as they are found: whether one of the log's keys signed them, and which keys vouch for each other.
//!
//! A key vouches for another where both signed one checkpoint, as they do when the log's key changes or the log goes on under a new name. Trust spreads along that from the key that the
//! caller knows; the key history in the database says which keys there were, and is believed by nobody.

use annals_store::Standing;
use annals_tlog::{Checkpoint, ErrorKind, Note, Origin, TreeHead, VerifierKey};

use super::Verdict;

/// Where a checkpoint was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    Stored,
    Beside,
    Given,
}

impl Source {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Stored => "the checkpoint in the database",
            Self::Beside => "the checkpoint beside the database",
            Self::Given => "the checkpoint that was given",
        }
    }
}

/// A checkpoint whose signature holds.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) note: String,
    pub(super) head: TreeHead,
    pub(super) signers: Vec<usize>,
    pub(super) source: Source,
    /// How large the log was when it gave up the name that this checkpoint bears; nothing for its present one.
    pub(super) given_up_at: Option<u64>,
}

/// The keys of a log, and what is known of them.
pub(super) struct Keys {
    origin: Origin,
    earlier: Vec<(Origin, u64)>,
    known: Vec<VerifierKey>,
    /// How many of them the database names; behind those stands the one that the caller knows.
    n_pinned: usize,
    /// Keys that signed one checkpoint together, each pair once.
    links: Vec<(usize, usize)>,
    /// Those that have signed something that lies outside of the database.
    pub(super) beside: Vec<usize>,
    /// Those that have signed anything.
    pub(super) used: Vec<usize>,
}

impl Keys {
    pub(super) fn new(standing: &Standing) -> Self {
        let known: Vec<VerifierKey> = standing.keys.iter().map(|pinned| pinned.key.clone()).collect();
        let earlier = standing.earlier.iter().map(|earlier| (earlier.origin.clone(), earlier.n_events)).collect();
        let n_pinned = known.len();
        let (links, beside, used) = (Vec::new(), Vec::new(), Vec::new());
        Self { origin: standing.origin.clone(), earlier, known, n_pinned, links, beside, used }
    }

    /// Adds the key that the caller knows, if the database does not name it.
    pub(super) fn know(&mut self, key: VerifierKey) -> usize {
        self.known.iter().position(|known| *known == key).unwrap_or_else(|| {
            self.known.push(key);
            self.known.len() - 1
        })
    }

    /// Whether the database names a key.
    pub(super) fn is_pinned(&self, key: usize) -> bool {
        key < self.n_pinned
    }

    pub(super) fn text(&self, key: usize) -> String {
        self.known[key].to_string()
    }

    /// The keys that the database names for the log's present name.
    pub(super) fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.n_pinned).filter(|key| self.known[*key].name().as_str() == self.origin.as_str())
    }

    pub(super) fn has_any(&self) -> bool {
        self.n_pinned > 0
    }

    /// Checks a note, and remembers who signed what with whom.
    pub(super) fn check(&mut self, note: &str, source: Source) -> Result<Signed, (Verdict, String)> {
        let altered = |problem: String| (Verdict::BadSignature, format!("{} {problem}", source.words()));
        let parsed = Note::parse(note.as_bytes()).map_err(|error| altered(format!("is none: {error}")))?;
        let verified = match parsed.verify(&self.known) {
            Ok(verified) => verified,
            Err(error) if error.kind() == ErrorKind::UnknownKey && !self.is_relabelled(&parsed) => {
                let text = format!("{} was signed by no key that the log ever had", source.words());
                return Err((Verdict::UnknownKey, text));
            }
            Err(_) => return Err(altered("is not what was signed".to_owned())),
        };
        let signers: Vec<usize> =
            (0..self.known.len()).filter(|key| verified.signers.contains(&&self.known[*key])).collect();
        let checkpoint: Checkpoint =
            verified.text.parse().map_err(|error| altered(format!("says nothing of a tree: {error}")))?;
        let given_up_at = if *checkpoint.origin() == self.origin {
            None
        } else {
            let earlier = self.earlier.iter().find(|(origin, _)| origin == checkpoint.origin());
            let Some((_, n_events)) = earlier else {
                return Err((Verdict::UnknownKey, format!("{} is one of another log", source.words())));
            };
            Some(*n_events)
        };
        let head = *checkpoint.head();
        for key in &signers {
            remember(&mut self.used, *key);
            if source == Source::Beside {
                remember(&mut self.beside, *key);
            }
            for other in &signers {
                remember(&mut self.links, (*key, *other));
            }
        }
        Ok(Signed { note: note.to_owned(), head, signers, source, given_up_at })
    }

    /// The keys that these vouch for, themselves included.
    pub(super) fn vouched(&self, anchors: &[usize]) -> Vec<usize> {
        let mut trusted = anchors.to_vec();
        let mut at = 0;
        while let Some(key) = trusted.get(at).copied() {
            at += 1;
            for (one, other) in &self.links {
                if *one == key {
                    remember(&mut trusted, *other);
                }
            }
        }
        trusted
    }

    /// The size that a note names that bears this log's name, whoever signed it.
    pub(super) fn claimed_size(&self, note: &str) -> Option<u64> {
        let note = Note::parse(note.as_bytes()).ok()?;
        let checkpoint = Checkpoint::unverified(&note).ok()?;
        let is_ours = note.signatures().iter().any(|signature| signature.name().as_str() == self.origin.as_str());
        (is_ours && *checkpoint.origin() == self.origin).then_some(checkpoint.head().size)
    }

    /// Whether a known key made one of the signatures under another name: somebody changed the note.
    fn is_relabelled(&self, note: &Note) -> bool {
        let text = note.unverified_text();
        note.signatures().iter().any(|signature| self.known.iter().any(|key| key.has_made(text, signature)))
    }
}

fn remember<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
