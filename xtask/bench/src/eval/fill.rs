//! Keeping a dataset's entries by `remember`, over several connections at once.
//!
//! Each entry has a logical key, so that a second run on a kept database changes nothing and is told the same ids.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::dataset::{Dataset, Date, Each, Entry};
use super::home::ERA;
use super::interrupt::Interrupt;
use super::plan::Plan;
use crate::client::Client;
use crate::mcp::{self, Peer};

/// How many connections write.
const N_CLIENTS: usize = 8;
/// How often it is told how far it has come.
const PAUSE: Duration = Duration::from_secs(5);

/// What is written, and how.
pub(super) struct Filling<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) plan: &'a Plan,
    pub(super) each: Each,
    /// One a space.
    pub(super) peers: &'a [Peer],
    /// The argument that takes the time that an entry is of, where the server has one.
    pub(super) time_argument: Option<&'static str>,
}

/// The name by which an entry is told of: its haystack and its key.
pub(super) fn label(haystack: &str, key: &str) -> String {
    format!("{haystack} {key}")
}

impl Filling<'_> {
    /// Writes what these spaces hold, and says which entry each id of the server's is. Ends early with an error when it is interrupted.
    pub(super) fn write(
        &self,
        chosen: Range<usize>,
        interrupt: &Interrupt,
        say: &(dyn Fn(&str) + Sync),
    ) -> anyhow::Result<HashMap<String, String>> {
        let spaces = self.plan.spaces.iter().enumerate().filter(|(space, _)| chosen.contains(space));
        // Whole haystacks: one who remembers writes one session behind the other.
        let haystacks: Vec<(usize, usize)> = spaces
            .flat_map(|(space, filled)| filled.haystacks.iter().map(move |haystack| (space, *haystack)))
            .collect();
        let progress = Progress { next: AtomicUsize::new(0), has_failed: AtomicBool::new(false), interrupt };
        let ids = thread::scope(|scope| {
            let (haystacks, progress) = (&haystacks, &progress);
            let writer = |n: usize| {
                scope.spawn(move || {
                    // One of them tells how far all have come.
                    let written = self.client(haystacks, progress, (n == 0).then_some(say));
                    if written.is_err() {
                        progress.has_failed.store(true, Ordering::Relaxed);
                    }
                    written
                })
            };
            let writers: Vec<_> = (0..N_CLIENTS).map(writer).collect();
            let mut ids = HashMap::new();
            for writer in writers {
                ids.extend(writer.join().unwrap_or_else(|_| Err(anyhow!("a client panicked")))?);
            }
            anyhow::Ok(ids)
        })?;
        interrupt.check()?;
        Ok(ids)
    }

    /// One connection, which takes the next haystack until there is none.
    fn client(
        &self,
        haystacks: &[(usize, usize)],
        progress: &Progress,
        say: Option<&(dyn Fn(&str) + Sync)>,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let first = self.peers.first().context("there is no space to write into")?;
        let mut client = Client::connect(first.address)?;
        let (mut written, mut said) = (Vec::new(), Instant::now());
        while let Some((space, haystack)) = progress.next().and_then(|n| haystacks.get(n)) {
            let haystack = &self.dataset.haystacks[*haystack];
            let entries = haystack.sessions.iter().flat_map(|session| {
                haystack.entries(session, self.each).into_iter().map(move |entry| (session, entry))
            });
            for (session, entry) in entries {
                if !progress.goes_on() {
                    return Ok(written);
                }
                let arguments = self.arguments(&haystack.name, session.date.as_ref(), &entry);
                client.must(&mcp::call_of(&self.peers[*space], ERA, "remember", &arguments))?;
                let label = label(&haystack.name, &entry.key);
                let answer = mcp::content(client.body()).with_context(|| format!("`{label}` was not kept"))?;
                let id = answer["id"].as_str().with_context(|| format!("`{label}` has no id"))?;
                written.push((id.to_owned(), label));
            }
            if let Some(say) = say.filter(|_| PAUSE < said.elapsed()) {
                let n_begun = progress.next.load(Ordering::Relaxed).min(haystacks.len());
                say(&format!("{n_begun} of {} haystacks are begun", haystacks.len()));
                said = Instant::now();
            }
        }
        Ok(written)
    }

    /// The arguments of `remember`.
    ///
    /// The time that an entry is of goes where the server takes one. Otherwise it stands in front of the text, which is all that a model of vectors sees, and in the tags, which
    /// are words of the entry like any others.
    fn arguments(&self, source: &str, date: Option<&Date>, entry: &Entry) -> Value {
        let day = date.and_then(Date::day).filter(|_| self.time_argument.is_none());
        let description = match day {
            Some(day) => format!("{day} {}", entry.description),
            None => entry.description.clone(),
        };
        let mut arguments = json!({
            "source": source, "tags": entry.tags, "description": description, "logical_key": entry.key,
        });
        if let Some(content) = &entry.content {
            arguments["content"] = content.as_str().into();
        }
        if let (Some(name), Some(moment)) = (self.time_argument, date.and_then(Date::moment)) {
            arguments[name] = moment.into();
        }
        arguments
    }
}

/// What all connections share.
struct Progress<'a> {
    /// The place of the haystack that is written next.
    next: AtomicUsize,
    has_failed: AtomicBool,
    interrupt: &'a Interrupt,
}

impl Progress<'_> {
    fn goes_on(&self) -> bool {
        !self.interrupt.is_pressed() && !self.has_failed.load(Ordering::Relaxed)
    }

    /// The next one, as long as there is a reason to go on.
    fn next(&self) -> Option<usize> {
        self.goes_on().then(|| self.next.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests;
