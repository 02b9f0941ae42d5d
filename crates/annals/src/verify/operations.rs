//! Operations that began and have not ended: listed, and never an accusation, since a crash leaves the same.

use std::collections::{HashMap, HashSet};

use annals_event::{Column, Phase};
use annals_store::{Error, EvidenceStore};

use super::OpenOperation;
use super::span::SpanRead;

/// So many are told one by one.
const MOST_TOLD: usize = 5;
/// So many ends are remembered whose beginning has not come: the two come through different journals.
const MOST_EARLY: usize = 65_536;

/// Operations by the hash of their names.
#[derive(Default)]
pub(super) struct Operations {
    open: HashMap<u64, u64>,
    early: HashSet<u64>,
}

impl Operations {
    pub(super) fn take(&mut self, read: &SpanRead) {
        for (name, seq, phase) in &read.operations {
            match phase {
                Phase::Intent if self.early.remove(name) => {}
                Phase::Intent => drop(self.open.insert(*name, *seq)),
                _ if self.open.remove(name).is_none() && self.early.len() < MOST_EARLY => {
                    self.early.insert(*name);
                }
                _ => {}
            }
        }
    }

    pub(super) fn n_open(&self) -> u64 {
        self.open.len() as u64
    }

    /// The first few.
    pub(super) fn first(&self, store: &dyn EvidenceStore) -> Result<Vec<OpenOperation>, Error> {
        let mut seqs: Vec<u64> = self.open.values().copied().collect();
        seqs.sort_unstable();
        let mut told = Vec::new();
        for seq in seqs.into_iter().take(MOST_TOLD) {
            let at = i64::try_from(seq).unwrap_or(i64::MAX);
            store.scan(at, at, &mut |scanned| {
                if let Ok(content) = &scanned.content {
                    let operation_id = content.row.texts[Column::OperationId.index()].unwrap_or_default().to_owned();
                    told.push(OpenOperation { seq, operation_id, recorded_at: content.row.recorded_at });
                }
            })?;
        }
        Ok(told)
    }
}
