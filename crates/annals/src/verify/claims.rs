//! The checkpoints that a tree is held against while it grows: those in the database, read a page at a time, and those from elsewhere.

use std::collections::VecDeque;

use annals_store::{Error, EvidenceStore, StoredCheckpoint};
use annals_tlog::Frontier;

use super::notes::{Keys, Signed, Source};
use super::span::Sight;
use super::{Unsealed, Verdict};
use crate::Timestamp;

/// So many stored checkpoints are read at a time.
const PAGE: usize = 256;
/// How long events may wait for a checkpoint before that is told: kept ones are the last of each hour.
const LONG: i64 = 2 * 3_600_000_000_000;
/// So many long waits are told one by one.
const MOST_WAITS: usize = 5;

/// What the checkpoints say of a tree.
pub(super) struct Claims<'a> {
    store: &'a dyn EvidenceStore,
    pub(super) keys: Keys,
    sight: Sight,
    /// Those from elsewhere that hold by their signature, by size.
    others: VecDeque<Signed>,
    stored: VecDeque<StoredCheckpoint>,
    /// From which size on the next page is.
    from: Option<u64>,
    /// Signed checkpoints that are the tree's, the newest of each set of signers.
    pub(super) good: Vec<Signed>,
    pub(super) n_good: u64,
    /// The first checkpoint that is not the tree's, with the size of the last one before it that is.
    pub(super) broken: Option<Broken>,
    /// Whether one in the database is among them.
    pub(super) is_stored_broken: bool,
    /// The largest size that a key of the log has signed, whatever the tree says.
    pub(super) signed_size: u64,
    /// The largest size that a stored checkpoint that holds has met in the tree.
    pub(super) stored_good: u64,
    /// Checkpoints that are not what was signed.
    pub(super) refused: Vec<(Verdict, String)>,
    /// The first event since the last stored checkpoint, and when it was recorded.
    waiting: Option<(u64, i64)>,
    pub(super) n_waits: u64,
    pub(super) waits: Vec<Unsealed>,
}

/// A checkpoint that is not the tree's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken {
    pub(super) good: u64,
    pub(super) size: u64,
    pub(super) source: Source,
}

impl<'a> Claims<'a> {
    /// Those from `from` on; `others` are signed already.
    pub(super) fn new(
        store: &'a dyn EvidenceStore,
        keys: Keys,
        from: u64,
        mut others: Vec<Signed>,
        sight: Sight,
    ) -> Self {
        others.sort_by_key(|signed| signed.head.size);
        Self {
            store,
            keys,
            sight,
            others: others.into_iter().filter(|signed| signed.head.size >= from).collect(),
            stored: VecDeque::new(),
            from: Some(from),
            good: Vec::new(),
            n_good: 0,
            broken: None,
            is_stored_broken: false,
            signed_size: 0,
            stored_good: 0,
            refused: Vec::new(),
            waiting: None,
            n_waits: 0,
            waits: Vec::new(),
        }
    }

    /// Looks for stored ones again, after more was recorded.
    pub(super) fn look_again(&mut self, from: u64) {
        self.stored.clear();
        self.from = Some(from);
    }

    /// The size of the next checkpoint.
    pub(super) fn next_size(&mut self) -> Result<Option<u64>, Error> {
        self.fill()?;
        let stored = self.stored.front().map(|stored| stored.size);
        let other = self.others.front().map(|other| other.head.size);
        Ok(stored.into_iter().chain(other).min())
    }

    /// Holds the tree against every checkpoint of its size; those of smaller ones were never met.
    pub(super) fn meet(&mut self, frontier: &Frontier) -> Result<(), Error> {
        while self.next_size()?.is_some_and(|next| next <= frontier.size()) {
            let other = self.others.front().map(|other| other.head.size);
            let is_other = other.is_some_and(|other| self.stored.front().is_none_or(|stored| other <= stored.size));
            if is_other {
                if let Some(other) = self.others.pop_front() {
                    self.hold(other, frontier);
                }
            } else if let Some(stored) = self.stored.pop_front() {
                self.meet_stored(&stored, frontier);
            }
        }
        Ok(())
    }

    /// The largest stored checkpoint that the tree has not come to and whose signature holds.
    pub(super) fn beyond(&mut self) -> Result<Option<u64>, Error> {
        let mut largest = None;
        while self.next_size()?.is_some() {
            let Some(stored) = self.stored.pop_front() else { break };
            if let Some(signed) = self.check(&stored).filter(|signed| signed.given_up_at.is_none()) {
                largest = largest.max(Some(signed.head.size));
            }
        }
        self.signed_size = self.signed_size.max(largest.unwrap_or_default());
        Ok(largest)
    }

    /// Remembers when events were recorded, which shows how long they waited for a checkpoint.
    pub(super) fn wait(&mut self, seq: u64, recorded_at: i64) {
        if self.waiting.is_none() && recorded_at != i64::MIN {
            self.waiting = Some((seq, recorded_at));
        }
    }

    fn meet_stored(&mut self, stored: &StoredCheckpoint, frontier: &Frontier) {
        let Some(signed) = self.check(stored) else { return };
        self.hold(signed, frontier);
        let signed_at = stored.signed_at.as_nanos();
        if let Some((seq, recorded_at)) = self.waiting.take_if(|(seq, _)| *seq < stored.size)
            && signed_at.saturating_sub(recorded_at) > LONG
        {
            self.n_waits += 1;
            if self.waits.len() < MOST_WAITS {
                self.waits.push(Unsealed {
                    first_seq: seq,
                    last_seq: stored.size - 1,
                    recorded_at: Timestamp::from_nanos(recorded_at),
                    signed_at: Some(stored.signed_at),
                });
            }
        }
    }

    fn check(&mut self, stored: &StoredCheckpoint) -> Option<Signed> {
        let refused = match self.keys.check(&stored.note, Source::Stored) {
            Ok(signed) if signed.head.size == stored.size => return Some(signed),
            Ok(_) => (Verdict::BadSignature, "is of another size than it is kept for".to_owned()),
            Err(refused) => refused,
        };
        self.refused.push((refused.0, format!("size {}: {}", stored.size, refused.1)));
        self.refused.truncate(64);
        None
    }

    fn hold(&mut self, signed: Signed, frontier: &Frontier) {
        // What was given up has no say beyond the place where it was.
        if signed.given_up_at.is_some_and(|given_up_at| signed.head.size > given_up_at) {
            return;
        }
        self.signed_size = self.signed_size.max(signed.head.size);
        let is_good = signed.head == frontier.head() || self.sight.is_blind_to_roots();
        if is_good {
            self.n_good += 1;
            if signed.source == Source::Stored {
                self.stored_good = signed.head.size;
            }
            match self.good.iter_mut().find(|good| good.signers == signed.signers) {
                Some(good) => *good = signed,
                None => self.good.push(signed),
            }
        } else {
            let good = self.good.iter().map(|good| good.head.size).max().unwrap_or_default();
            self.is_stored_broken |= signed.source == Source::Stored;
            self.broken.get_or_insert(Broken { good, size: signed.head.size, source: signed.source });
        }
    }

    fn fill(&mut self) -> Result<(), Error> {
        if let (true, Some(from)) = (self.stored.is_empty(), self.from) {
            let page = self.store.checkpoints(from, PAGE)?;
            self.from = page.last().filter(|_| page.len() == PAGE).and_then(|last| last.size.checked_add(1));
            self.stored = page.into();
        }
        Ok(())
    }
}
