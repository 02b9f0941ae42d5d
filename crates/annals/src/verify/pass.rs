//! One way through a part of the log, with everything that is gathered on it.

use std::collections::BTreeMap;
use std::hash::RandomState;
use std::ops::Range;

use annals_event::{Gap, ProducerId};
use annals_store::{Error, EvidenceStore, Mark};
use annals_tlog::{Frontier, TreeHead};

use super::claims::Claims;
use super::erasures::Erasures;
use super::fold::Fold;
use super::operations::Operations;
use super::producers::Producers;
use super::span::{Reader, Sight, SpanRead};
use super::suspects::Suspects;
use super::{Progress, tiles, workers};

/// What is gathered.
pub(super) struct Pass<'a> {
    pub(super) store: &'a dyn EvidenceStore,
    names: RandomState,
    sight: Sight,
    pub(super) frontier: Frontier,
    pub(super) claims: Claims<'a>,
    pub(super) producers: Producers,
    pub(super) erasures: Erasures,
    pub(super) operations: Operations,
    pub(super) suspects: Suspects,
    pub(super) torn: Vec<Range<u64>>,
    pub(super) without_leaf: u64,
    pub(super) n_rows: u64,
    /// Missing and changed rows so far, which no producer can be held to.
    pub(super) n_bad: u64,
    /// Where the log took another name, with the one that it had before.
    pub(super) continued: BTreeMap<u64, String>,
    /// How many events say themselves that they are from before there was a tree.
    pub(super) before_tree: Option<u64>,
    /// What the log says about its own names and keys, in words.
    pub(super) notes: Vec<String>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(store: &'a dyn EvidenceStore, frontier: Frontier, claims: Claims<'a>, sight: Sight) -> Self {
        Self {
            store,
            names: RandomState::new(),
            sight,
            frontier,
            claims,
            producers: Producers::default(),
            erasures: Erasures::default(),
            operations: Operations::default(),
            suspects: Suspects::default(),
            torn: Vec::new(),
            without_leaf: 0,
            n_rows: 0,
            n_bad: 0,
            continued: BTreeMap::new(),
            before_tree: None,
            notes: Vec::new(),
        }
    }

    /// Who reads spans of a tree of this size.
    pub(super) fn reader(&self, size: u64) -> Reader<'a> {
        Reader { store: self.store, size, names: self.names.clone(), sight: self.sight }
    }

    /// Goes on to a size.
    pub(super) fn go_to(&mut self, size: u64, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let reader = self.reader(size);
        let part = self.frontier.size()..size;
        let n_total = size - part.start;
        let mut fold = Fold::new(self.store, size, std::mem::take(&mut self.frontier));
        self.claims.meet(&fold.frontier)?;
        progress(Progress { n_done: 0, n_total });
        workers::read(&reader, part.clone(), |read| {
            fold.take(&read, &mut self.claims)?;
            self.take(&read);
            progress(Progress { n_done: fold.frontier.size() - part.start, n_total });
            Ok(())
        })?;
        self.torn.append(&mut fold.torn);
        self.without_leaf += fold.without_leaf;
        self.frontier = fold.frontier;
        Ok(())
    }

    /// Takes what the rows of a span say.
    pub(super) fn take(&mut self, read: &SpanRead) {
        self.n_rows += read.n_rows;
        self.suspects.take(read);
        read.emptied.iter().for_each(|row| self.erasures.take(row));
        self.operations.take(read);
        for (place, recorded_at) in read.recorded_at.iter().enumerate() {
            self.claims.wait(read.first + place as u64, *recorded_at);
        }
        self.count(read);
    }

    /// Counts each producer's events, with the losses that are declared among them and the missing rows before them.
    fn count(&mut self, read: &SpanRead) {
        let mut bad: Vec<(u64, u64)> = read.absent.iter().map(|run| (run.start, run.end - run.start)).collect();
        bad.extend(read.mute.iter().map(|seq| (*seq, 1)));
        bad.sort_unstable();
        let mut bad = bad.into_iter().peekable();
        let mut own = read.own.iter().peekable();
        for counted in &read.counted {
            while let Some((_, n)) = bad.next_if(|(seq, _)| *seq < counted.seq) {
                self.n_bad += n;
            }
            while let Some(event) = own.next_if(|event| event.seq < counted.seq) {
                self.tell(event);
            }
            self.producers.count(counted, self.n_bad);
        }
        own.for_each(|event| self.tell(event));
        self.n_bad += bad.map(|(_, n)| n).sum::<u64>();
    }

    /// Believes the erasures before a verified checkpoint whose events are in its tree, where a row needs one.
    pub(super) fn confirm(&mut self, head: TreeHead) -> Result<(), Error> {
        let reader = self.reader(head.size);
        for seq in self.erasures.unconfirmed(head.size) {
            let read = reader.read(seq..seq + 1)?;
            if let (Some(event), Some(leaf)) = (read.own.first(), read.leaves.first())
                && tiles::is_in(self.store, seq, leaf, &head)?
            {
                self.erasures.declare(event);
            }
        }
        Ok(())
    }

    fn tell(&mut self, event: &super::span::OwnEvent) {
        match event.event_type.as_str() {
            Gap::EVENT_TYPE => {
                if let Ok(gap) = Gap::from_details(&event.details) {
                    self.producers.declare(&gap);
                }
            }
            "audit.erased" | "audit.pruned" => self.erasures.declare(event),
            "audit.continued" => {
                let details = serde_json::from_str::<serde_json::Value>(&event.details).unwrap_or_default();
                let origin = details.get("origin").and_then(serde_json::Value::as_str).unwrap_or_default();
                self.continued.insert(event.seq, origin.to_owned());
                self.notes.push(format!("event {}: the log went on under a new name", event.seq));
            }
            "audit.key_rotated" => self.notes.push(format!("event {}: the key was changed", event.seq)),
            "audit.tree_begun" => {
                self.before_tree = self.before_tree.or(Some(event.seq));
                self.notes.push(format!("the {} events before the tree were taken into it as they were", event.seq));
            }
            _ => {}
        }
        self.notes.truncate(16);
    }
}

/// All marks, as they stand now.
pub(super) fn marks(store: &dyn EvidenceStore) -> Result<Vec<(ProducerId, Mark)>, Error> {
    const PAGE: usize = 1_000;
    let mut marks = Vec::new();
    loop {
        let page = store.marks(marks.last().map(|(producer, _)| *producer), PAGE)?;
        let is_last = page.len() < PAGE;
        marks.extend(page);
        if is_last {
            return Ok(marks);
        }
    }
}
