//! Whether the writer of a process that runs is stuck, seen from outside.
//!
//! A journal's file was last written when its newest event was accepted. Where that was a while ago and nothing at all was recorded in the log since, that event
//! is certainly not durable. Less certain signs are not told: a healthy process keeps a file of events that are durable already.

use std::path::Path;
use std::time::SystemTime;

use annals::{Timestamp, Waiting, WaitingState};

/// A healthy writer needs milliseconds; so long may a busy disk take.
const PATIENCE_MS: u64 = 5_000;

/// What a file of events has before the first of them.
const HEADER_BYTES: u64 = 512;

/// For how long at least the events of a running process wait, where that is too long.
pub(super) fn longest_ms(data: &Path, waiting: &[Waiting], recorded_at: Option<Timestamp>) -> Option<u64> {
    let live = waiting.iter().filter(|journal| journal.state == WaitingState::Live && 0 < journal.n_events);
    let producers: Vec<String> = live.map(|journal| journal.producer.to_string()).collect();
    if producers.is_empty() {
        return None;
    }
    // What cannot be read was told with the journals.
    let files = std::fs::read_dir(data.join("journal")).ok()?.filter_map(Result::ok);
    let times = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        let is_segment = Path::new(&name).extension().is_some_and(|extension| extension == "seg");
        let is_meant = is_segment && producers.iter().any(|producer| name.starts_with(producer));
        // A spare one, made ahead of its use, holds a header alone.
        let metadata = file.metadata().ok().filter(|file| is_meant && HEADER_BYTES < file.len())?;
        metadata.modified().ok().map(Timestamp::from)
    });
    times.filter_map(|written_at| age_ms(written_at, recorded_at, SystemTime::now().into())).max()
}

fn age_ms(written_at: Timestamp, recorded_at: Option<Timestamp>, now: Timestamp) -> Option<u64> {
    if recorded_at.is_some_and(|recorded_at| written_at <= recorded_at) {
        return None;
    }
    let age_ms = u64::try_from(now.as_nanos().saturating_sub(written_at.as_nanos()) / 1_000_000).ok()?;
    (PATIENCE_MS < age_ms).then_some(age_ms)
}

#[cfg(test)]
mod tests;
