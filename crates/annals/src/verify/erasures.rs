//! What the log says was erased or pruned, against what is empty or gone.
//!
//! An erasure counts when its event is in the tree below a signed checkpoint and its digest is that of the rows listed for it. A row that is empty without such an event is an accusation;
//! a listed row that still has its content is none, since an erasure is declared and sealed before it is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use annals_event::LeafGroup;
use annals_store::{Error, EvidenceStore};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Verdict;
use super::findings::{Findings, place};
use super::leaf::Groups;
use super::runs::Runs;
use super::span::{EmptiedRow, OwnEvent};

/// So many listed rows are read at a time; no event of ours lists more.
const PAGE: usize = 10_000;
/// So many rows are kept whose event must be looked for.
const MOST: usize = 200_000;
/// So many places are tried for one that is missing from a list.
const MOST_TRIED: usize = 256;

/// All erasures of the log, and the rows that need one.
#[derive(Default)]
pub(super) struct Erasures {
    /// What the events say that were found by their type, before their leaves were looked at.
    hints: BTreeMap<u64, Declared>,
    /// Those whose leaf is in the tree.
    events: BTreeMap<u64, Declared>,
    /// The spans of emptied rows that the event which they name lists, and which needs no more than that event.
    listed: BTreeMap<u64, Range<u64>>,
    /// Emptied rows that another event must cover, too.
    rest: Vec<EmptiedRow>,
    pub(super) n_emptied: u64,
}

/// One event that says what goes.
#[derive(Clone)]
struct Declared {
    /// Nothing where whole rows go.
    groups: Option<Groups>,
    n_rows: u64,
    first: u64,
    last: u64,
    sha256: String,
}

/// Whether an erasure counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Worth {
    Good,
    /// Its row is accused itself, and the rows that it covers need no accusation of their own.
    Accused,
    Nothing(&'static str),
}

/// What is known of the log when erasures are judged.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) store: &'a dyn EvidenceStore,
    /// Up to where somebody has signed.
    pub(super) sealed: u64,
    /// Places whose row is accused itself.
    pub(super) bad: &'a BTreeSet<u64>,
    /// Places without a row.
    pub(super) absent: &'a Runs,
}

impl Known<'_> {
    fn is_bad(&self, seq: u64) -> bool {
        self.bad.contains(&seq) || self.absent.contains(seq)
    }
}

impl Erasures {
    /// Takes an event that was found by its type.
    pub(super) fn hint(&mut self, seq: u64, details: &str) {
        if let Some(declared) = read(details) {
            self.hints.insert(seq, declared);
        }
    }

    /// Takes an event whose leaf is in the tree.
    pub(super) fn declare(&mut self, event: &OwnEvent) {
        if let Some(declared) = read(&event.details) {
            self.events.insert(event.seq, declared);
        }
    }

    /// Whether the log says that whole rows went.
    pub(super) fn deletes_rows(&self) -> bool {
        self.events.values().any(|declared| declared.groups.is_none())
    }

    /// Takes an emptied row.
    pub(super) fn take(&mut self, row: &EmptiedRow) {
        self.n_emptied += 1;
        let enough = |by: &u64| {
            let groups = self.hints.get(by).and_then(|declared| declared.groups);
            groups.is_some_and(|groups| row.groups.without(groups).is_empty())
        };
        match row.by.filter(|_| row.is_listed).filter(enough) {
            Some(by) => {
                let span = self.listed.entry(by).or_insert(row.seq..row.seq + 1);
                *span = span.start.min(row.seq)..span.end.max(row.seq + 1);
            }
            None if self.rest.len() < MOST => self.rest.push(*row),
            None => {}
        }
    }

    /// Whether an emptied row names an event that was not there when this began, or rows are gone: what came since may explain them.
    pub(super) fn needs_news(&self, size: u64) -> bool {
        self.rest.iter().any(|row| row.by.is_some_and(|by| by >= size)) || self.listed.keys().any(|by| *by >= size)
    }

    /// The events below a size that were found by their type and whose leaves nobody looked at.
    pub(super) fn unconfirmed(&self, size: u64) -> Vec<u64> {
        self.hints.range(..size).map(|(seq, _)| *seq).filter(|seq| !self.events.contains_key(seq)).collect()
    }

    /// Takes out of `absent` what any pruning lists, believed or not, also one whose event was moved from the place that `home` tells.
    pub(super) fn excuse(
        &self,
        absent: &mut Runs,
        store: &dyn EvidenceStore,
        home: impl Fn(u64) -> Option<u64>,
    ) -> Result<(), Error> {
        for (seq, declared) in self.hints.iter().filter(|(_, declared)| declared.groups.is_none()) {
            for by in [Some(*seq), home(*seq)].into_iter().flatten() {
                let listed = store.emptied_by(by, 0, PAGE)?;
                // Where events were moved, the list under a number may be another event's.
                if digest(&listed) == declared.sha256 {
                    absent.subtract(&listed);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Emptied rows that no list covers under the event that they name.
    pub(super) fn bare(&self) -> BTreeSet<u64> {
        self.rest.iter().map(|row| row.seq).collect()
    }

    /// Takes out of `absent` what recorded prunings deleted, and accuses those that an event lists which does not count.
    pub(super) fn explain(&self, absent: &mut Runs, known: Known<'_>, findings: &mut Findings) -> Result<u64, Error> {
        let before = absent.count();
        let mut n_unrecorded = 0;
        for (by, declared) in self.events.iter().filter(|(_, declared)| declared.groups.is_none()) {
            if absent.is_empty() {
                break;
            }
            let worth = self.worth(*by, known)?;
            let mut from = 0;
            loop {
                let page = known.store.emptied_by(*by, from, PAGE)?;
                let left = absent.count();
                absent.subtract(&page);
                let n = left - absent.count();
                if let (Worth::Nothing(problem), true) = (worth, n > 0) {
                    n_unrecorded += n;
                    let text = format!("{} are gone, and event {by}, which says so, {problem}", count(n));
                    findings.at(Verdict::UnrecordedErasure, declared.first, declared.last, text);
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => from = last + 1,
                    _ => break,
                }
            }
        }
        // An event that was changed or moved is accused itself, and the rows that are listed for it need no accusation of their own.
        for by in known.bad {
            if absent.is_empty() {
                break;
            }
            let listed = known.store.emptied_by(*by, 0, PAGE)?;
            let mut groups = self.hints.values().filter(|declared| declared.groups.is_some());
            // Where whole rows were not to go, one that is gone is no part of it.
            if !listed.is_empty() && !groups.any(|declared| declared.sha256 == digest(&listed)) {
                absent.subtract(&listed);
            }
        }
        Ok(before - absent.count() - n_unrecorded)
    }

    /// Accuses rows that were emptied and that nothing covers.
    pub(super) fn judge(&self, known: Known<'_>, findings: &mut Findings) -> Result<(), Error> {
        for (by, span) in &self.listed {
            if let Worth::Nothing(problem) = self.worth(*by, known)? {
                let (first, last) = (span.start, span.end - 1);
                let text = format!("{} were emptied, and event {by}, which says so, {problem}", place(first, last));
                findings.at(Verdict::UnrecordedErasure, first, last, text);
            }
        }
        let mut worths = BTreeMap::new();
        for row in &self.rest {
            self.judge_one(row, known, &mut worths, findings)?;
        }
        Ok(())
    }

    fn judge_one(
        &self,
        row: &EmptiedRow,
        known: Known<'_>,
        worths: &mut BTreeMap<u64, Worth>,
        findings: &mut Findings,
    ) -> Result<(), Error> {
        if row.by.is_some_and(|by| known.is_bad(by)) {
            return Ok(());
        }
        let mut left = row.groups;
        let mut why = None;
        for (by, declared) in &self.events {
            let (Some(groups), true) = (declared.groups, declared.first <= row.seq && row.seq <= declared.last) else {
                continue;
            };
            if known.store.emptied_by(*by, row.seq, 1)? != [row.seq] {
                continue;
            }
            let worth = match worths.get(by) {
                Some(worth) => *worth,
                None => self.worth(*by, known)?,
            };
            worths.insert(*by, worth);
            match worth {
                Worth::Good | Worth::Accused => left = left.without(groups),
                Worth::Nothing(problem) => why = Some(format!("event {by}, which says so, {problem}")),
            }
        }
        if !left.is_empty() {
            let why = why.unwrap_or_else(|| "no event says so".to_owned());
            let text = format!("event {} was emptied, and {why}", row.seq);
            findings.at(Verdict::UnrecordedErasure, row.seq, row.seq, text);
        } else if !row.is_listed {
            let text = format!("event {} names another event than the one that emptied it", row.seq);
            findings.at(Verdict::Edited, row.seq, row.seq, text);
        }
        Ok(())
    }

    fn worth(&self, by: u64, known: Known<'_>) -> Result<Worth, Error> {
        let Some(declared) = self.events.get(&by) else {
            return Ok(if known.is_bad(by) { Worth::Accused } else { Worth::Nothing("is no erasure") });
        };
        if by >= known.sealed {
            return Ok(Worth::Nothing("is under no signed checkpoint"));
        }
        let listed = known.store.emptied_by(by, 0, PAGE + 1)?;
        if listed.len() as u64 == declared.n_rows && digest(&listed) == declared.sha256 {
            return Ok(Worth::Good);
        }
        Ok(if repaired(&listed, declared, known) { Worth::Accused } else { Worth::Nothing("is about other rows") })
    }
}

/// Whether the list lacks just rows that are accused themselves.
fn repaired(listed: &[u64], declared: &Declared, known: Known<'_>) -> bool {
    let Some(n_lost) = declared.n_rows.checked_sub(listed.len() as u64).filter(|n| *n > 0) else { return false };
    if declared.first > declared.last {
        return false;
    }
    let within = declared.first..=declared.last;
    let mut lost: BTreeSet<u64> = known.bad.range(within).copied().take(MOST_TRIED).collect();
    for run in known.absent.iter() {
        let run = run.start.max(declared.first)..run.end.min(declared.last.saturating_add(1));
        lost.extend(run.take(MOST_TRIED));
    }
    lost.retain(|seq| listed.binary_search(seq).is_err());
    let fits = |more: &[u64]| {
        let mut all = [listed, more].concat();
        all.sort_unstable();
        digest(&all) == declared.sha256
    };
    let lost: Vec<u64> = lost.into_iter().collect();
    if lost.len() as u64 == n_lost {
        return fits(&lost);
    }
    n_lost == 1 && lost.iter().take(MOST_TRIED).any(|seq| fits(&[*seq]))
}

fn read(details: &str) -> Option<Declared> {
    let details: Value = serde_json::from_str(details).ok()?;
    let number = |name: &str| details.get(name).and_then(Value::as_u64);
    let groups = match (details.get("groups").and_then(Value::as_array), details.get("rows")) {
        (Some(names), None) => {
            let known = names.iter().filter_map(|name| name.as_str()?.parse::<LeafGroup>().ok());
            Some(known.fold(Groups::default(), Groups::with))
        }
        (None, Some(Value::Bool(true))) => None,
        _ => return None,
    };
    Some(Declared {
        groups,
        n_rows: number("count")?,
        first: number("first").unwrap_or_default(),
        last: number("last").unwrap_or_default(),
        sha256: details.get("sha256")?.as_str()?.to_owned(),
    })
}

fn digest(seqs: &[u64]) -> String {
    let mut digest = Sha256::new();
    for seq in seqs {
        digest.update(seq.to_be_bytes());
    }
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn count(n: u64) -> String {
    if n == 1 { "1 row".to_owned() } else { format!("{n} rows") }
}
