//! What the receiver answers: how far the producer has come, and under which numbers its events stand.

use annals_store::LogId;
use serde_json::{Value, json};

use annals_event::ProducerId;

/// The answer to a batch; everything in it is durable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The next number that is taken of this producer.
    pub next_pseq: u64,
    /// The drops declared so far.
    pub n_shed: u64,
    /// For each event of the batch its `seq`; `None` where it was put aside, then or earlier.
    pub seqs: Vec<Option<u64>>,
    /// The numbers of those that were put aside now, because the receiver's rules or its database refuse them.
    pub buried: Vec<u64>,
    /// How many losses were declared.
    pub n_gaps: u64,
    /// How many operations were ended.
    pub n_ended: u64,
    /// The log that they are in.
    pub log: LogId,
    /// The newest `seq` that is durable there; `None` in an empty log.
    pub durable_seq: Option<u64>,
}

impl Answer {
    /// The answer as JSON. Numbers come in runs, since they mostly follow each other: `[first place, first seq, how many]`.
    pub fn to_json(&self) -> String {
        let mut runs: Vec<(u64, u64, u64)> = Vec::new();
        for (place, seq) in (0_u64..).zip(&self.seqs) {
            let Some(seq) = *seq else { continue };
            match runs.last_mut() {
                Some((first, first_seq, n)) if *first + *n == place && *first_seq + *n == seq => *n += 1,
                _ => runs.push((place, seq, 1)),
            }
        }
        json!({
            "next_pseq": self.next_pseq,
            "n_shed": self.n_shed,
            "n_taken": self.seqs.len(),
            "seqs": runs,
            "buried": self.buried,
            "n_gaps": self.n_gaps,
            "n_ended": self.n_ended,
            "log_id": self.log.to_string(),
            "durable_seq": self.durable_seq,
        })
        .to_string()
    }

    /// Reads an answer to a batch of so many events; `None` where it is none.
    pub fn read(text: &str, n_events: usize) -> Option<Self> {
        let answer: Value = serde_json::from_str(text).ok()?;
        let count = |name: &str| answer.get(name).and_then(Value::as_u64);
        if count("n_taken")? != u64::try_from(n_events).ok()? {
            return None;
        }
        let mut seqs = vec![None; n_events];
        for run in answer.get("seqs")?.as_array()? {
            let number = |n: usize| run.get(n).and_then(Value::as_u64);
            let (first, seq, n) = (number(0)?, number(1)?, number(2)?);
            let first = usize::try_from(first).ok()?;
            let end = first.checked_add(usize::try_from(n).ok()?)?;
            seq.checked_add(n)?;
            for (slot, seq) in seqs.get_mut(first..end)?.iter_mut().zip(seq..) {
                *slot = Some(seq);
            }
        }
        let buried: Option<Vec<u64>> = answer.get("buried")?.as_array()?.iter().map(Value::as_u64).collect();
        let log: ProducerId = answer.get("log_id")?.as_str()?.parse().ok()?;
        Some(Self {
            next_pseq: count("next_pseq")?,
            n_shed: count("n_shed")?,
            seqs,
            buried: buried?,
            n_gaps: count("n_gaps")?,
            n_ended: count("n_ended")?,
            log: LogId::from_bytes(*log.as_bytes()),
            durable_seq: count("durable_seq"),
        })
    }
}
