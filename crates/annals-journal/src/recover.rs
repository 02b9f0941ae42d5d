//! Reading what a dead producer left: every record before the first damage, and what lies behind it as far as it can
//! be told.
//!
//! Behind damage the next bytes that check out as a record of this producer, with a number that can still come, are
//! taken for one. So one bad sector costs the records on it and not the rest of the file. What is lost is known then;
//! when nothing follows, nobody knows how much was lost, and that is said too. A file that ends inside a record holds a
//! write that nobody was told had happened, which is no loss.
//!
//! This module knows bytes and numbers; it opens no file.

use std::collections::VecDeque;

use crate::{
    frame::{HEAD_BYTES, Parsed, Seed, parse},
    segment::Start,
};

/// What recovery finds, in the order of the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A whole record.
    Record {
        /// Its number.
        pseq: u64,
        /// What was appended.
        payload: Vec<u8>,
    },
    /// Records that were written and can't be read.
    Damaged {
        /// The first of them. Where even the beginning of a segment is unreadable this may be too low, so that it
        /// covers records that were drained before: the reader cuts it at what it already has.
        first: u64,
        /// The last of them; `None` when nobody knows how many there were, or whether there were any.
        last: Option<u64>,
    },
}

/// Reads segment after segment of one producer.
#[derive(Debug)]
pub(crate) struct Scanner {
    seed: Seed,
    /// The number that comes next, once known.
    expected: Option<u64>,
    /// The end of a segment was unreadable, and no later segment has told yet what was lost there.
    lost_end: bool,
}

impl Scanner {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { seed, expected: None, lost_end: false }
    }

    /// Finds everything in a segment whose records are `bytes`. `is_whole` says that its header was all there.
    pub(crate) fn segment(&mut self, start: Start, is_whole: bool, bytes: &[u8]) -> VecDeque<Found> {
        let mut found = VecDeque::new();
        if let Start::At(first) = start {
            self.expect(first, &mut found);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match parse(self.seed, rest) {
                Parsed::Record { pseq, payload, n_bytes } if self.can_be(pseq) => {
                    self.expect(pseq, &mut found);
                    found.push_back(Found::Record { pseq, payload: payload.to_vec() });
                    self.expected = pseq.checked_add(1);
                    rest = &rest[n_bytes..];
                }
                // A write that failed may have left its head in front of the record that was written after it.
                Parsed::DamagedPayload { pseq, n_bytes }
                    if self.can_be(pseq) && !self.is_overwritten(rest, n_bytes) =>
                {
                    self.expect(pseq, &mut found);
                    damaged(pseq, Some(pseq), &mut found);
                    self.expected = pseq.checked_add(1);
                    rest = &rest[n_bytes..];
                }
                Parsed::Torn => break,
                Parsed::Record { .. } | Parsed::DamagedPayload { .. } | Parsed::Foreign => {
                    // Without a known beginning, whatever is passed over may have been any record before the next one.
                    self.expected.get_or_insert(0);
                    let Some(skipped) = self.resynchronise(&rest[1..]) else {
                        self.lost_end = true;
                        break;
                    };
                    rest = &rest[1 + skipped..];
                }
            }
        }
        if !is_whole {
            self.expected.get_or_insert(0);
            self.lost_end = true;
        }
        found
    }

    /// After the last segment: the damage that reaches to the end of everything. Where a later segment has told its
    /// number, it was found there; a spare one, which has none, tells nothing.
    pub(crate) fn finish(&mut self) -> Option<Found> {
        let lost_end = std::mem::take(&mut self.lost_end);
        lost_end.then(|| Found::Damaged { first: self.expected.unwrap_or(0), last: None })
    }

    /// The next record will be `pseq`; what was expected before that is lost.
    fn expect(&mut self, pseq: u64, found: &mut VecDeque<Found>) {
        match self.expected {
            Some(first) if first < pseq => damaged(first, pseq.checked_sub(1), found),
            Some(first) if first > pseq => return,
            _ => {}
        }
        self.expected = Some(pseq);
        self.lost_end = false;
    }

    /// Whether a record can have this number: none comes twice, and the last of all numbers is never given, since nothing could follow it.
    fn can_be(&self, pseq: u64) -> bool {
        pseq < u64::MAX && self.expected.is_none_or(|expected| pseq >= expected)
    }

    /// How far into `bytes` the next record begins, if only its head checks out.
    fn resynchronise(&self, bytes: &[u8]) -> Option<usize> {
        let end = bytes.len().checked_sub(HEAD_BYTES)?;
        (0..=end).find(|&at| match parse(self.seed, &bytes[at..]) {
            Parsed::Record { pseq, .. } | Parsed::DamagedPayload { pseq, .. } => self.can_be(pseq),
            Parsed::Torn | Parsed::Foreign => false,
        })
    }

    /// Whether another record begins inside the first one of `bytes`, which takes up `n_bytes`.
    fn is_overwritten(&self, bytes: &[u8], n_bytes: usize) -> bool {
        (1..n_bytes).any(|at| match parse(self.seed, &bytes[at..]) {
            Parsed::Record { pseq, .. } => self.can_be(pseq),
            Parsed::DamagedPayload { .. } | Parsed::Torn | Parsed::Foreign => false,
        })
    }
}

/// Adds damage, as one piece with damage right before it.
fn damaged(first: u64, last: Option<u64>, found: &mut VecDeque<Found>) {
    if let Some(Found::Damaged { last: before, .. }) = found.back_mut()
        && before.and_then(|before| before.checked_add(1)) == Some(first)
    {
        *before = last;
        return;
    }
    found.push_back(Found::Damaged { first, last });
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
