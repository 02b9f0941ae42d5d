//! One span of the log: its rows against the tree's leaves, and what the rows say that only the whole log can judge.
//!
//! Workers read spans beside each other, so nothing here knows what lies before or behind. What a row says is passed on only if its leaf is the tree's: a row that was changed is no
//! witness.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use annals_event::{Column, Phase, ProducerId};
use annals_store::SeqRange;
use annals_store::{Error, EvidenceStore, RowContent, bounds_of};
use annals_tlog::{Hash, Tile, root_of};

use super::leaf::{self, Groups, Looked, Scratch, State};
use super::runs::Runs;

/// How many rows a span has: whole tiles, and a transaction of some tens of milliseconds.
pub(super) const ROWS: u64 = 16 * WIDTH;
/// How many leaves a tile has.
pub(super) const WIDTH: u64 = Tile::FULL_WIDTH as u64;

/// What a verification does not look at: nothing, but for the controls of the tests. A set of the bits below.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sight {
    without: u8,
}

/// Takes the stored leaf hash for a row's own.
const LEAVES: u8 = 1;
/// Believes every checkpoint.
const ROOTS: u8 = 2;
/// Believes every emptied row.
const ERASURES: u8 = 4;
/// Believes whatever stands beside the entries.
const ENTRIES: u8 = 8;

impl Sight {
    /// One that sees everything.
    pub(super) const WHOLE: Self = Self { without: 0 };
    #[cfg(test)]
    pub(super) const WITHOUT_LEAVES: Self = Self { without: LEAVES };
    #[cfg(test)]
    pub(super) const WITHOUT_ROOTS: Self = Self { without: ROOTS };
    #[cfg(test)]
    pub(super) const WITHOUT_ERASURES: Self = Self { without: ERASURES };
    #[cfg(test)]
    pub(super) const WITHOUT_ENTRIES: Self = Self { without: ENTRIES };

    pub(super) const fn is_blind_to_leaves(self) -> bool {
        self.without & LEAVES != 0
    }

    pub(super) const fn is_blind_to_roots(self) -> bool {
        self.without & ROOTS != 0
    }

    pub(super) const fn is_blind_to_erasures(self) -> bool {
        self.without & ERASURES != 0
    }

    pub(super) const fn is_blind_to_entries(self) -> bool {
        self.without & ENTRIES != 0
    }
}

/// What was found in a span.
#[derive(Default)]
pub(super) struct SpanRead {
    pub(super) first: u64,
    /// The tree's leaf at each place, or the row's where the tree has none.
    pub(super) leaves: Vec<Hash>,
    /// The roots of the whole tiles among them, which begin with the first whole one.
    pub(super) roots: Vec<Hash>,
    /// Places for which the tree has no leaf.
    pub(super) torn: Runs,
    /// Places without a row.
    pub(super) absent: Runs,
    pub(super) n_rows: u64,
    /// Rows whose leaf is not the tree's.
    pub(super) differing: Vec<Differing>,
    /// Rows that are no witnesses, since their leaf is not the tree's.
    pub(super) mute: Vec<u64>,
    /// Rows that no honest writer leaves, and why.
    pub(super) wrong: Vec<(u64, String)>,
    /// Rows from which something was taken.
    pub(super) emptied: Vec<EmptiedRow>,
    /// Events of one producer that follow each other.
    pub(super) counted: Vec<Counted>,
    /// Events of the log about itself.
    pub(super) own: Vec<OwnEvent>,
    /// Beginnings and ends of operations, by the hash of their names.
    pub(super) operations: Vec<(u64, u64, Phase)>,
    /// When each was recorded; the smallest number where nobody knows.
    pub(super) recorded_at: Vec<i64>,
}

/// A row that is not what the tree says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Differing {
    pub(super) seq: u64,
    /// What the row's leaf would be.
    pub(super) row: Option<Hash>,
}

/// A row from which something was taken, with a word from the list of what was emptied.
#[derive(Clone, Copy, Debug)]
pub(super) struct EmptiedRow {
    pub(super) seq: u64,
    pub(super) by: Option<u64>,
    pub(super) groups: Groups,
    /// Whether the list has it under that event.
    pub(super) is_listed: bool,
}

/// `n` events of one producer, one after the other in its count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) producer: ProducerId,
    pub(super) pseq: u64,
    pub(super) n: u64,
    pub(super) seq: u64,
}

/// An event that the log wrote about itself.
#[derive(Clone, Debug)]
pub(super) struct OwnEvent {
    pub(super) seq: u64,
    pub(super) event_type: String,
    pub(super) details: String,
}

/// The types that are read.
const OWN_TYPES: [&str; 6] =
    ["audit.gap", "audit.erased", "audit.pruned", "audit.tree_begun", "audit.key_rotated", "audit.continued"];

/// Who reads spans: the store, the size of the tree that they are of, and one way of hashing names.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    pub(super) store: &'a dyn EvidenceStore,
    pub(super) size: u64,
    pub(super) names: RandomState,
    pub(super) sight: Sight,
}

impl Reader<'_> {
    /// Reads the rows of a span, which ends at the tree's size at the latest.
    pub(super) fn read(&self, span: Range<u64>) -> Result<SpanRead, Error> {
        let n = usize::try_from(span.end - span.start).unwrap_or_default();
        let stored = self.stored_leaves(&span)?;
        let mut read = SpanRead { first: span.start, recorded_at: vec![i64::MIN; n], ..SpanRead::default() };
        let mut rows: Vec<Option<Hash>> = vec![None; n];
        let mut next = span.start;
        let mut scratch = Scratch::default();
        let (first, last) = bounds_of(SeqRange { start: span.start, end: span.end });
        self.store.scan(first, last, &mut |scanned| {
            let Some(seq) = u64::try_from(scanned.seq).ok().filter(|seq| (next..span.end).contains(seq)) else {
                // A damaged page may hold a row that no search by its number finds, and that whoever reads all rows gets.
                read.wrong.push((next.min(span.end - 1), "a row stands before it that belongs elsewhere".to_owned()));
                return;
            };
            read.absent.push(next..seq);
            next = seq + 1;
            read.n_rows += 1;
            let place = usize::try_from(seq - span.start).unwrap_or_default();
            match &scanned.content {
                Ok(content) => {
                    rows[place] = self.row(seq, content, stored[place], &mut read, &mut scratch);
                    read.recorded_at[place] = content.row.recorded_at.as_nanos();
                }
                Err(problem) => {
                    read.wrong.push((seq, problem.clone()));
                    read.mute.push(seq);
                }
            }
        })?;
        read.absent.push(next..span.end);
        for (place, seq) in span.clone().enumerate() {
            if stored[place].is_none() {
                read.torn.push(seq..seq + 1);
            }
            read.leaves.push(stored[place].or(rows[place]).unwrap_or(Hash::EMPTY_ROOT));
        }
        let offset = usize::try_from(span.start.next_multiple_of(WIDTH) - span.start).unwrap_or_default();
        let whole = read.leaves.get(offset..).unwrap_or_default().chunks_exact(usize::from(Tile::FULL_WIDTH));
        read.roots = whole.map(root_of).collect();
        self.look_up(&mut read)?;
        Ok(read)
    }

    /// The leaves of the tree; what it lacks is nothing.
    fn stored_leaves(&self, span: &Range<u64>) -> Result<Vec<Option<Hash>>, Error> {
        let mut leaves = Vec::new();
        let mut at = span.start;
        while at < span.end {
            let index = at / WIDTH;
            let end = span.end.min((index + 1) * WIDTH);
            let bytes = match Tile::in_tree(0, index, self.size) {
                Some(tile) => self.store.tile(tile)?,
                None => Vec::new(),
            };
            let hashes = bytes.as_chunks::<{ Hash::BYTES }>().0;
            for place in at % WIDTH..at % WIDTH + (end - at) {
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                leaves.push(hashes.get(place).copied().map(Hash::from_bytes));
            }
            at = end;
        }
        Ok(leaves)
    }

    /// Judges one row, and answers the leaf that is made of it.
    fn row(
        &self,
        seq: u64,
        content: &RowContent<'_>,
        stored: Option<Hash>,
        read: &mut SpanRead,
        scratch: &mut Scratch,
    ) -> Option<Hash> {
        let looked = leaf::look(content, scratch);
        let looked = if self.sight.is_blind_to_leaves() { Looked { leaf: stored, ..looked } } else { looked };
        let is_good = looked.leaf.is_some() && stored.is_none_or(|stored| Some(stored) == looked.leaf);
        let emptied = |groups| EmptiedRow { seq, by: content.erased_by, groups, is_listed: false };
        match looked.state {
            State::Whole => {}
            State::Emptied(groups) => read.emptied.push(emptied(groups)),
            State::Bare => read.emptied.push(emptied(Groups::all())),
            State::Wrong(problem) => read.wrong.push((seq, problem.to_owned())),
        }
        if !is_good {
            read.mute.push(seq);
            // One whose content is all gone is an erasure that nobody recorded, whatever was left behind.
            if looked.state == State::Whole && leaf::is_bare(content, scratch) {
                read.emptied.push(emptied(Groups::all()));
            } else {
                read.differing.push(Differing { seq, row: looked.leaf });
            }
            return looked.leaf;
        }
        self.tell(seq, content, read);
        looked.leaf
    }

    /// Passes on what a row says.
    fn tell(&self, seq: u64, content: &RowContent<'_>, read: &mut SpanRead) {
        let row = &content.row;
        let follows = |last: &Counted| last.producer == row.producer && last.pseq.checked_add(last.n) == Some(row.pseq);
        match read.counted.last_mut().filter(|last| follows(last)) {
            Some(last) => last.n += 1,
            None => read.counted.push(Counted { producer: row.producer, pseq: row.pseq, n: 1, seq }),
        }
        if row.event_type.starts_with("audit.") && OWN_TYPES.contains(&row.event_type) {
            let details = row.details.unwrap_or_default().to_owned();
            read.own.push(OwnEvent { seq, event_type: row.event_type.to_owned(), details });
        }
        if let (Phase::Intent | Phase::Outcome, Some(name)) = (row.phase, row.texts[Column::OperationId.index()]) {
            read.operations.push((self.names.hash_one((row.space, name)), seq, row.phase));
        }
    }

    /// Asks the list of what was emptied for each emptied row.
    fn look_up(&self, read: &mut SpanRead) -> Result<(), Error> {
        let mut by: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (place, row) in read.emptied.iter().enumerate() {
            if let Some(event) = row.by {
                by.entry(event).or_default().push(place);
            }
        }
        for (event, places) in by {
            let first = places.iter().map(|place| read.emptied[*place].seq).min().unwrap_or_default();
            let listed = self.store.emptied_by(event, first, usize::try_from(ROWS).unwrap_or_default())?;
            for place in places {
                let row = &mut read.emptied[place];
                row.is_listed = listed.binary_search(&row.seq).is_ok();
            }
        }
        Ok(())
    }
}
