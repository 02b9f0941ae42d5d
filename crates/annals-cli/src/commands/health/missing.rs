//! Is anything missing? In a sentence that a person understands.
//!
//! The log says itself what it has lost: each loss is an `audit.gap` with its reason and, where anybody can tell, its number. What lies in a journal isn't lost, but
//! nobody finds it yet. What was never offered to Annals, no log can miss.

use std::collections::BTreeMap;

use annals::{Filter, Gap, GapReason, Order, PageRequest, Timestamp, WaitingState};

use crate::commands::hook::lost::Lost;
use crate::failure::Failure;
use crate::output::{day_and_clock, harmless};
use crate::reading::Reading;

/// The losses that the log declares.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Gaps {
    /// How many declarations there are.
    pub(super) n_gaps: u64,
    /// How many events by the reason's word; `None` for a loss that can't be counted.
    lost: BTreeMap<&'static str, (u64, bool)>,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    /// Whether there is a log, of which nothing is missing and nothing waits.
    pub(super) is_whole: bool,
    /// The words.
    pub(super) sentence: String,
}

impl Gaps {
    /// Reads those declared from then on, or all.
    pub(super) fn read(reading: &Reading, since: Option<Timestamp>) -> Result<Self, Failure> {
        let mut filter = Filter::new().event_type(Gap::EVENT_TYPE);
        filter.since = since;
        let mut gaps = Self::default();
        let request = PageRequest { order: Order::Oldest, ..PageRequest::default() };
        reading.each_event(&filter, request, None, |event| {
            gaps.n_gaps += 1;
            let gap = event.details.as_deref().and_then(|details| Gap::from_details(details).ok());
            let reason = gap.as_ref().map_or("of no known kind", |gap| words(gap.reason));
            let (n_lost, is_uncounted) = gaps.lost.entry(reason).or_default();
            match gap.and_then(|gap| gap.n_events) {
                Some(n_events) => *n_lost = n_lost.saturating_add(n_events),
                None => *is_uncounted = true,
            }
            Ok(())
        })?;
        Ok(gaps)
    }
}

/// What became of the events of a gap.
fn words(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Shed => "dropped when too much came at once",
        GapReason::Damaged => "unreadable in a damaged file",
        GapReason::DeadLetter => "refused by the database and put aside",
        GapReason::TargetLost => "gone with a database that was rolled back",
        other => other.as_str(),
    }
}

/// The answer for a log of so many events, with journals in these states beside it that hold so many. Those for another database are no matter of this one.
pub(super) fn answer(
    n_events: u64,
    gaps: &Gaps,
    lost: Option<&Lost>,
    waiting: &[(WaitingState, u64)],
    is_recent: bool,
) -> Answer {
    let n_left: u64 =
        waiting.iter().filter(|(state, _)| *state == WaitingState::Dead).map(|(_, n_events)| n_events).sum();
    let is_read =
        |state: WaitingState| matches!(state, WaitingState::Live | WaitingState::Dead | WaitingState::Foreign);
    let is_unread = !waiting.iter().all(|(state, _)| is_read(*state));
    let mut parts = Vec::new();
    for (what, (n_lost, is_uncounted)) in &gaps.lost {
        parts.push(match (n_lost, is_uncounted) {
            (0, _) => format!("an unknown number of events {what}"),
            (n_lost, false) => format!("{} {what}", events(*n_lost)),
            (n_lost, true) => format!("at least {} {what}", events(*n_lost)),
        });
    }
    if let Some(lost) = lost {
        let reason = harmless(&lost.reason);
        parts.push(format!(
            "at least {} of a hook since {} that nothing could keep (the last one: {reason})",
            events(lost.n_events),
            lost.since.parse().map_or_else(|_| lost.since.clone(), day_and_clock)
        ));
    }
    let is_lost = !parts.is_empty();
    if 0 < n_left {
        parts.push(format!("{} still in the journal of a process that is gone", events(n_left)));
    }
    if is_unread {
        parts.push("a journal that this program can't read".to_owned());
    }
    let Some((final_part, others)) = parts.split_last() else {
        let when = if is_recent { " since then" } else { "" };
        let is_live = |(state, _): &&(WaitingState, u64)| *state == WaitingState::Live;
        let n_live: u64 = waiting.iter().filter(is_live).map(|(_, n_events)| n_events).sum();
        let waits = if n_live == 0 { "nothing waits".to_owned() } else { format!("{} on the way", events(n_live)) };
        let sentence = format!("Nothing is missing{when}: {} on record, no gaps, {waits}.", events(n_events));
        return Answer { is_whole: true, sentence };
    };
    let listed = if others.is_empty() { final_part.clone() } else { format!("{} and {final_part}", others.join(", ")) };
    let begin = if is_lost { "Something is missing" } else { "Nothing is lost, but not everything is here yet" };
    let hint = if is_lost { " (hint: `annals query --type audit.gap` lists the losses)" } else { "" };
    Answer { is_whole: false, sentence: format!("{begin}: {listed}{hint}.") }
}

/// The answer where nothing was recorded yet, with or without clients that will. Nothing is missing, yet it is no log that somebody has looked after.
pub(super) fn unused(has_clients: bool) -> Answer {
    let hint = if has_clients { " (hint: a client that was running must be started again)" } else { "" };
    Answer { is_whole: false, sentence: format!("Nothing was recorded here yet{hint}.") }
}

fn events(n_events: u64) -> String {
    if n_events == 1 { "1 event".to_owned() } else { format!("{n_events} events") }
}

#[cfg(test)]
mod tests;
