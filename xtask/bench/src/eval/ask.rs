//! Asking: each question once by `search`, one after the other over one connection, and each answer looked at.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::dataset::{Dataset, Each};
use super::fill::label;
use super::home::ERA;
use super::interrupt::Interrupt;
use super::measures::Ranks;
use super::off_topic;
use super::plan::{Place, Plan};
use crate::client::Client;
use crate::mcp::{self, Peer};

/// What an entry of an answer says of how well it fits.
const SCORES: [&str; 4] = ["similarity", "relevance", "score", "weak"];

/// Why a question is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// What answers it is there, and known.
    Answered,
    /// The dataset says that nothing answers it.
    NoAnswer,
    /// What answers it was left out.
    LeftOut,
    /// Nobody spoke of such a thing.
    OffTopic,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Answered, Self::NoAnswer, Self::LeftOut, Self::OffTopic];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NoAnswer => "no_answer",
            Self::LeftOut => "left_out",
            Self::OffTopic => "off_topic",
        }
    }
}

/// Whether questions are asked where they have no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Abstain {
    Ask,
    Skip,
}

/// A question that is to be asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Task<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) category: &'a str,
    /// The labels of the entries that answer it.
    pub(super) evidence: Vec<String>,
    pub(super) place: &'a Place,
}

/// One that was asked.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) task: Task<'a>,
    pub(super) took: Duration,
    pub(super) page: Page,
}

/// What a search answered.
#[derive(PartialEq, Debug)]
pub(super) struct Page {
    /// The best first.
    pub(super) found: Vec<Found>,
    /// Whether the server says of the page, or of each entry, that it may be no answer.
    pub(super) is_weak: bool,
    /// Whether there was more than a page holds.
    pub(super) is_cut: bool,
    /// Which ways of searching ran.
    pub(super) lanes: Vec<String>,
}

/// One entry of it.
#[derive(PartialEq, Debug)]
pub(super) struct Found {
    pub(super) id: String,
    /// `None` where it is none of the dataset's.
    pub(super) label: Option<String>,
    /// As they were answered.
    pub(super) scores: Map<String, Value>,
}

/// Where all is asked.
pub(super) struct Asking<'a> {
    /// One a space.
    pub(super) peers: &'a [Peer],
    /// Which entry each id of the server's is.
    pub(super) labels: &'a HashMap<String, String>,
    pub(super) limit: u64,
}

/// All that is asked, the questions with an answer first, and of how many questions nothing is known that answers them.
pub(super) fn tasks<'a>(dataset: &'a Dataset, plan: &'a Plan, each: Each, abstain: Abstain) -> (Vec<Task<'a>>, usize) {
    let (mut answered, mut no_answer, mut left_out, mut n_unscored) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for question in &dataset.questions {
        let haystack = &dataset.haystacks[question.haystack];
        let Some(place) = &plan.homes[question.haystack] else { continue };
        let keys = question.evidence(haystack, each);
        let evidence: Vec<String> = keys.iter().map(|key| label(&haystack.name, key)).collect();
        let task = Task { kind: Kind::Answered, text: &question.text, category: &question.category, evidence, place };
        if question.has_no_answer {
            no_answer.push(Task { kind: Kind::NoAnswer, evidence: Vec::new(), ..task });
        } else if task.evidence.is_empty() {
            n_unscored += 1;
        } else {
            if let Some(place) = plan.elsewhere[question.haystack].as_ref().filter(|_| abstain == Abstain::Ask) {
                left_out.push(Task { kind: Kind::LeftOut, evidence: Vec::new(), place, ..task.clone() });
            }
            answered.push(task);
        }
    }
    let mut tasks = answered;
    tasks.extend(no_answer);
    tasks.extend(left_out);
    if abstain == Abstain::Ask {
        let mut places = plan.homes.iter().flatten().cycle();
        tasks.extend(off_topic::QUESTIONS.iter().zip(&mut places).map(|((category, text), place)| Task {
            kind: Kind::OffTopic,
            text,
            category,
            evidence: Vec::new(),
            place,
        }));
    }
    (tasks, n_unscored)
}

impl Asking<'_> {
    /// Asks until all is asked or somebody interrupts it, adds each answer to those there are, and writes it as a line.
    pub(super) fn ask<'a>(
        &self,
        tasks: Vec<Task<'a>>,
        mut out: Option<&mut dyn Write>,
        interrupt: &Interrupt,
        say: &dyn Fn(&str),
        asked: &mut Vec<Asked<'a>>,
    ) -> anyhow::Result<()> {
        let first = self.peers.first().context("there is no space to ask")?;
        let mut client = Client::connect(first.address)?;
        let n = tasks.len();
        for (task, n_asked) in tasks.into_iter().zip(0_usize..) {
            if interrupt.is_pressed() {
                break;
            }
            let mut arguments = json!({ "query": task.text, "limit": self.limit });
            if let Some(source) = &task.place.source {
                arguments["source"] = source.as_str().into();
            }
            let request = mcp::call_of(&self.peers[task.place.space], ERA, "search", &arguments);
            let took = client.must(&request)?;
            let answer = mcp::content(client.body()).with_context(|| format!("`{}` was not answered", task.text))?;
            let asked_now = Asked { task, took, page: Page::read(&answer, self.labels)? };
            if let Some(out) = &mut out {
                // Flushed at once: who ends this by force keeps what was asked.
                writeln!(out, "{}", asked_now.line())
                    .and_then(|()| out.flush())
                    .context("could not write to `--out`")?;
            }
            asked.push(asked_now);
            if n_asked % 500 == 499 {
                say(&format!("{} of {n} questions are asked", n_asked + 1));
            }
        }
        Ok(())
    }
}

impl Page {
    fn read(answer: &Value, labels: &HashMap<String, String>) -> anyhow::Result<Self> {
        let entries = answer["entries"].as_array().context("an answer of `search` has no `entries`")?;
        let found: Vec<Found> = entries.iter().map(|entry| Found::read(entry, labels)).collect::<Result<_, _>>()?;
        let is_weak = |value: &Value| value["weak"] == true;
        let lanes = answer["lanes"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        Ok(Self {
            is_weak: is_weak(answer) || !entries.is_empty() && entries.iter().all(is_weak),
            is_cut: answer["truncated"] == true,
            lanes: lanes.collect(),
            found,
        })
    }
}

impl Found {
    fn read(entry: &Value, labels: &HashMap<String, String>) -> anyhow::Result<Self> {
        let id = entry["id"].as_str().context("an entry that was found has no `id`")?.to_owned();
        let scores = SCORES.iter().filter_map(|name| Some(((*name).to_owned(), entry.get(*name)?.clone())));
        Ok(Self { label: labels.get(&id).cloned(), scores: scores.collect(), id })
    }
}

impl Asked<'_> {
    pub(super) fn ranks(&self) -> Ranks {
        Ranks::of(&self.task.evidence, self.page.found.iter().map(|found| found.label.as_deref()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.page.found.is_empty()
    }

    /// As `--out` has it.
    fn line(&self) -> Value {
        let found = self.page.found.iter().zip(1..).map(|(found, rank): (&Found, usize)| {
            let mut line = found.scores.clone();
            line.insert("rank".to_owned(), rank.into());
            line.insert("id".to_owned(), found.id.as_str().into());
            line.insert("entry".to_owned(), found.label.as_deref().into());
            let is_evidence = found.label.as_ref().is_some_and(|label| self.task.evidence.contains(label));
            line.insert("is_evidence".to_owned(), is_evidence.into());
            Value::Object(line)
        });
        json!({
            "kind": self.task.kind.as_str(),
            "question": self.task.text,
            "category": self.task.category,
            "evidence": self.task.evidence,
            "found": found.collect::<Vec<_>>(),
            "latency_ms": self.took.as_secs_f64() * 1e3,
            "weak": self.page.is_weak,
            "empty": self.is_empty(),
            "lanes": self.page.lanes,
        })
    }
}

#[cfg(test)]
mod tests;
