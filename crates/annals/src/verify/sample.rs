//! A random sample of what an incremental verification does not read: rows drawn by chance, each proved to be in the tree that was verified before.
//!
//! What it costs does not depend on how long the log is. Who changed one row in a million is seldom found by it, who changed a tenth almost always; the next whole verification finds both.

use annals_store::Error;
use annals_tlog::TreeHead;

use super::findings::Findings;
use super::pass::Pass;
use super::{Verdict, chance, tiles};

/// How many rows are drawn.
const ROWS: u64 = 64;

/// Draws and checks rows before a verified checkpoint; answers how many.
pub(super) fn draw(pass: &mut Pass<'_>, head: TreeHead, findings: &mut Findings) -> Result<u64, Error> {
    if head.size == 0 {
        return Ok(0);
    }
    let reader = pass.reader(head.size);
    let mut drawn = std::collections::BTreeSet::new();
    for _ in 0..ROWS.min(head.size) {
        drawn.insert(chance::number()? % head.size);
    }
    let mut absent = super::runs::Runs::default();
    for seq in &drawn {
        let read = reader.read(*seq..*seq + 1)?;
        read.emptied.iter().for_each(|row| pass.erasures.take(row));
        absent.append(&read.absent);
        let rowless = super::span::SpanRead { absent: super::runs::Runs::default(), ..read };
        pass.suspects.take(&rowless);
        if let Some(leaf) = rowless.leaves.first()
            && !tiles::is_in(pass.store, *seq, leaf, &head)?
        {
            findings.at(Verdict::Edited, *seq, *seq, format!("event {seq} is not in the tree of the checkpoint"));
        }
    }
    pass.confirm(head)?;
    absent.append(&std::mem::take(&mut pass.suspects.absent));
    pass.suspects.absent = absent;
    Ok(drawn.len() as u64)
}
