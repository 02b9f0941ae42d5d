//! Rows and leaves that don't fit each other, and what was done to them.
//!
//! A row's leaf says nothing of its place, so a row that was moved still has its own leaf, which then stands elsewhere in the tree. Whoever moves rows leaves as many as there were; whoever
//! puts one in leaves one more, and whoever takes one out one less. That tells the kinds apart also where an emptied row was torn from what was kept of it, and has no leaf of its own.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use annals_store::{Error, EvidenceStore};
use annals_tlog::{Hash, Tile};

use super::Verdict;
use super::erasures::Erasures;
use super::findings::{Findings, place};
use super::leaf::{self, Scratch};
use super::runs::Runs;
use super::span::{SpanRead, WIDTH};

/// So many rows are held against each other.
const MOST: usize = 50_000;
/// How far behind the log's end, and before its beginning, rows are looked for one by one.
const REACH: i64 = 4_096;

/// What was found in rows and leaves.
#[derive(Default)]
pub(super) struct Suspects {
    /// Rows whose leaf, if they have one, is not the tree's at their place.
    bad: BTreeMap<u64, Option<Hash>>,
    pub(super) n_bad: u64,
    /// Rows that can't be what an honest writer left, and why.
    wrong: Vec<(u64, String)>,
    /// Places without a row.
    pub(super) absent: Runs,
    /// Rows at places that the log doesn't have.
    extra: Vec<(i64, Option<Hash>)>,
}

impl Suspects {
    /// Takes what was found in a span.
    pub(super) fn take(&mut self, read: &SpanRead) {
        self.absent.append(&read.absent);
        let hashes: HashMap<u64, Option<Hash>> =
            read.differing.iter().map(|differing| (differing.seq, differing.row)).collect();
        for seq in &read.mute {
            self.n_bad += 1;
            if self.bad.len() < MOST {
                self.bad.insert(*seq, hashes.get(seq).copied().flatten());
            }
        }
        for wrong in &read.wrong {
            if self.wrong.len() < MOST {
                self.wrong.push(wrong.clone());
            }
        }
    }

    /// Looks for rows before the first place and behind the last.
    pub(super) fn look_outside(
        &mut self,
        store: &dyn EvidenceStore,
        bounds: Option<(i64, i64)>,
        size: u64,
    ) -> Result<(), Error> {
        let Some((least, most)) = bounds else { return Ok(()) };
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let mut spans = BTreeSet::new();
        if least < 0 {
            spans.insert((least, least.saturating_add(REACH).min(-1)));
            spans.insert(((-REACH).max(least), -1));
        }
        if most >= size {
            spans.insert((size, size.saturating_add(REACH).min(most)));
            spans.insert((most.saturating_sub(REACH).max(size), most));
        }
        let mut scratch = Scratch::default();
        let mut found = BTreeMap::new();
        for (first, last) in spans {
            store.scan(first, last, &mut |scanned| {
                let leaf = scanned.content.as_ref().ok().and_then(|content| leaf::look(content, &mut scratch).leaf);
                found.insert(scanned.seq, leaf);
            })?;
        }
        self.extra.extend(found);
        Ok(())
    }

    /// Places whose rows are accused themselves.
    pub(super) fn places(&self) -> BTreeSet<u64> {
        self.bad.keys().copied().chain(self.wrong.iter().map(|(seq, _)| *seq)).collect()
    }

    /// How many rows were found at places that the log doesn't have.
    pub(super) fn n_extra(&self) -> u64 {
        self.extra.len() as u64
    }

    /// Where rows are missing up to the log's end.
    pub(super) fn tail(&self, size: u64) -> Option<u64> {
        self.absent.last_run().filter(|run| run.end == size && self.extra.is_empty()).map(|run| run.start)
    }

    /// Accuses. What of `absent` was recorded as deleted has been taken out before.
    pub(super) fn accuse(
        &self,
        store: &dyn EvidenceStore,
        size: u64,
        erasures: &Erasures,
        findings: &mut Findings,
    ) -> Result<(), Error> {
        let leaves = self.leaves(store, size)?;
        let by_leaf: HashMap<Hash, u64> = leaves.iter().map(|(seq, leaf)| (*leaf, *seq)).collect();
        let rows = || {
            let inside = self.bad.iter().filter_map(|(seq, hash)| Some((i64::try_from(*seq).ok()?, *hash)));
            inside.chain(self.extra.iter().copied())
        };
        let home = |hash: Option<Hash>| by_leaf.get(&hash?).copied();
        let has_moved = rows().any(|(seq, hash)| home(hash).is_some_and(|home| u64::try_from(seq) != Ok(home)));
        // A row torn from its commitments has no leaf to be known by; where one is missing here and one too many there, it is that.
        let is_torn = !self.absent.is_empty() && self.extra.iter().any(|(_, hash)| hash.is_none());
        if has_moved || is_torn {
            // A pruning whose event was moved still says what it deleted.
            let mut absent = self.absent.clone();
            let outside =
                |seq: u64| self.extra.iter().find(|(at, _)| u64::try_from(*at) == Ok(seq)).and_then(|(_, leaf)| *leaf);
            let moved = |seq: u64| home(self.bad.get(&seq).copied().flatten().or_else(|| outside(seq)));
            erasures.excuse(&mut absent, store, moved)?;
            // Where a row stands at a place that was pruned, there is a row and none that should be there.
            let mut filled = Runs::default();
            self.bad.keys().for_each(|seq| filled.push(*seq..seq + 1));
            erasures.excuse(&mut filled, store, moved)?;
            let n_pruned = self.bad.len() as u64 - filled.count();
            let n_rows = self.n_bad + self.extra.len() as u64;
            let n_leaves = self.n_bad - n_pruned + absent.count();
            let homes: BTreeSet<u64> = rows().filter_map(|(_, hash)| home(hash)).collect();
            let first = self.bad.keys().copied().next().into_iter().chain(absent.first()).min();
            let first = first.unwrap_or(size);
            let last = self.bad.keys().next_back().copied().unwrap_or(first).max(first);
            let span = place(first, last);
            match n_rows.cmp(&n_leaves) {
                Ordering::Greater => {
                    let strange = rows().find(|(_, hash)| hash.is_some() && home(*hash).is_none()).map(|(seq, _)| seq);
                    let at = strange.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(first);
                    let n = n_rows - n_leaves;
                    let text =
                        format!("{n} more than were recorded stand among {span}, and others were moved for them");
                    findings.at(Verdict::Inserted, at.min(first), last, text);
                }
                Ordering::Less => {
                    let gone = leaves.keys().find(|seq| !homes.contains(seq) && absent.contains(**seq));
                    let gone = gone.copied().unwrap_or(first);
                    let text = format!("event {gone} is gone, and others were moved into its place");
                    findings.at(Verdict::Missing, gone.min(first), last, text);
                }
                Ordering::Equal => {
                    let text = format!("{span} stand in other places than they were recorded at");
                    findings.at(Verdict::Reordered, first, last, text);
                }
            }
            return Ok(());
        }
        for run in self.absent.iter() {
            let span = place(run.start, run.end - 1);
            if self.tail(size) == Some(run.start) {
                let text = format!("{span}, the end of the log, are gone; the tree still has their leaves");
                findings.at(Verdict::Truncated, run.start, run.end - 1, text);
            } else {
                findings.at(Verdict::Missing, run.start, run.end - 1, format!("the row of {span} is gone"));
            }
        }
        for (seq, _) in &self.extra {
            match u64::try_from(*seq) {
                Ok(place) => {
                    let text = format!("a row stands at {place}, behind the log's end, and was never recorded there");
                    findings.at(Verdict::Inserted, place, place, text);
                }
                Err(_) => {
                    findings.beside(Verdict::Inserted, format!("a row stands at {seq}, before the log's beginning"));
                }
            }
        }
        for (seq, problem) in &self.wrong {
            findings.at(Verdict::Edited, *seq, *seq, format!("the row of event {seq}: {problem}"));
        }
        let emptied = if findings.has(Verdict::UnrecordedErasure) { erasures.bare() } else { BTreeSet::new() };
        let told: BTreeSet<u64> = self.wrong.iter().map(|(seq, _)| *seq).collect();
        for seq in self.bad.keys().filter(|seq| !told.contains(seq) && !emptied.contains(seq)) {
            findings.at(
                Verdict::Edited,
                *seq,
                *seq,
                format!("event {seq} says something else than its leaf in the tree"),
            );
        }
        Ok(())
    }

    /// The tree's leaves at all places that are in question.
    fn leaves(&self, store: &dyn EvidenceStore, size: u64) -> Result<BTreeMap<u64, Hash>, Error> {
        let mut leaves = BTreeMap::new();
        let mut tile: (Option<u64>, Vec<u8>) = (None, Vec::new());
        let absent = self.absent.iter().cloned().flatten().take(MOST);
        let places: BTreeSet<u64> = self.bad.keys().copied().chain(absent).collect();
        for seq in places {
            let n = seq / WIDTH;
            if tile.0 != Some(n) {
                let bytes = match Tile::in_tree(0, n, size) {
                    Some(tile) => store.tile(tile)?,
                    None => Vec::new(),
                };
                tile = (Some(n), bytes);
            }
            let place = usize::try_from(seq % WIDTH).unwrap_or_default();
            if let Some(hash) = tile.1.as_chunks::<{ Hash::BYTES }>().0.get(place) {
                leaves.insert(seq, Hash::from_bytes(*hash));
            }
        }
        Ok(leaves)
    }
}
