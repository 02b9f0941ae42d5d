//! What came out of all the questions, once for people and once for programs, from the same figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::ask::{Asked, Kind};
use super::measures::{Average, Ranks};
use crate::machine;
use crate::numbers::{Times, float, rounded};

/// What is measured of a question that has an answer.
const MEASURES: [(&str, Measure); 5] = [
    ("recall@5", |ranks| ranks.recall(5)),
    ("recall@10", |ranks| ranks.recall(10)),
    ("recall@20", |ranks| ranks.recall(20)),
    ("mrr", Ranks::reciprocal),
    ("ndcg@10", |ranks| ranks.gain(10)),
];

type Measure = fn(&Ranks) -> f64;

/// All of one run.
pub(super) struct Figures {
    /// What was asked of what.
    pub(super) parameters: Map<String, Value>,
    /// All questions with an answer first, then each category.
    groups: Vec<Group>,
    latency: Times,
    n_timed: u64,
    pages: Vec<Pages>,
    /// How often each way of searching ran.
    lanes: BTreeMap<String, u64>,
    n_cut: u64,
    /// Recall@10, where a page that the server calls weak counts as empty.
    heeded: Average,
}

/// The questions of one category, or all.
struct Group {
    name: String,
    n: u64,
    averages: Vec<Average>,
}

/// How many pages of one kind were empty or weak.
struct Pages {
    kind: Kind,
    n: u64,
    n_empty: u64,
    n_weak: u64,
    n_either: u64,
}

impl Figures {
    pub(super) fn of(asked: &[Asked], parameters: Map<String, Value>) -> Self {
        let answered: Vec<(&Asked, Ranks)> = asked
            .iter()
            .filter(|asked| asked.task.kind == Kind::Answered)
            .map(|asked| (asked, asked.ranks()))
            .collect();
        let mut categories: Vec<&str> = answered.iter().map(|(asked, _)| asked.task.category).collect();
        categories.sort_unstable();
        categories.dedup();
        let ranks = |category: Option<&str>| -> Vec<&Ranks> {
            let is_in = |asked: &Asked| category.is_none_or(|category| asked.task.category == category);
            answered.iter().filter(|(asked, _)| is_in(asked)).map(|(_, ranks)| ranks).collect()
        };
        let mut groups = vec![Group::of("all", &ranks(None))];
        groups.extend(categories.into_iter().map(|category| Group::of(category, &ranks(Some(category)))));
        let mut latency = Times::new();
        for (asked, _) in &answered {
            latency.add(asked.took);
        }
        let mut lanes = BTreeMap::new();
        for lane in asked.iter().flat_map(|asked| &asked.page.lanes) {
            *lanes.entry(lane.clone()).or_default() += 1;
        }
        let heeded: Vec<f64> =
            answered.iter().map(|(asked, ranks)| if asked.page.is_weak { 0.0 } else { ranks.recall(10) }).collect();
        Self {
            parameters,
            groups,
            latency,
            n_timed: answered.len() as u64,
            pages: Kind::ALL.into_iter().map(|kind| Pages::of(kind, asked)).filter(|pages| pages.n > 0).collect(),
            lanes,
            n_cut: asked.iter().filter(|asked| asked.page.is_cut).count() as u64,
            heeded: Average::of(&heeded),
        }
    }

    /// Whether another way of searching ran than by words.
    pub(super) fn has_other_lanes(&self) -> bool {
        self.lanes.keys().any(|lane| lane != "text")
    }

    fn latencies(&self) -> [(&'static str, f64); 4] {
        let longest = self.latency.longest_micros() / 1e3;
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|quantile| self.latency.millis(quantile));
        let times = [("p50", p50), ("p90", p90), ("p99", p99), ("max", longest)];
        times.map(|(name, time)| (name, if self.n_timed == 0 { f64::NAN } else { time }))
    }

    pub(super) fn json(&self) -> Value {
        let group = |group: &Group| {
            let averages =
                MEASURES.iter().zip(&group.averages).map(|((name, _), average)| ((*name).to_owned(), number(average)));
            let named = [("group".to_owned(), json!(group.name)), ("n".to_owned(), json!(group.n))];
            Value::Object(named.into_iter().chain(averages).collect())
        };
        let latency: Map<String, Value> =
            self.latencies().into_iter().map(|(name, time)| (name.to_owned(), json!(rounded(time)))).collect();
        let pages = |pages: &Pages| {
            json!({
                "kind": pages.kind.as_str(), "n": pages.n, "n_empty": pages.n_empty, "n_weak": pages.n_weak,
                "share_empty_or_weak": rounded(share(pages.n_either, pages.n)),
            })
        };
        json!({
            "benchmark": "eval",
            "machine": machine::shape(),
            "parameters": self.parameters,
            "retrieval": self.groups.iter().map(group).collect::<Vec<_>>(),
            "recall@10, weak pages taken for empty": number(&self.heeded),
            "latency_ms": latency,
            "pages": self.pages.iter().map(pages).collect::<Vec<_>>(),
            "lanes": self.lanes,
            "n_cut": self.n_cut,
        })
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.parameters {
            let _ = writeln!(text, "{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        let width = self.groups.iter().map(|group| group.name.chars().count()).chain([8]).max().unwrap_or_default();
        let _ = write!(text, "\n{:width$}  {:>6}", "category", "n");
        for (name, _) in &MEASURES {
            let _ = write!(text, "  {name:<19}");
        }
        for group in &self.groups {
            let _ = write!(text, "\n{:width$}  {:>6}", group.name, group.n);
            for average in &group.averages {
                let _ = write!(text, "  {:<19}", shown(average));
            }
        }
        let _ = write!(text, "\n\nin brackets: 95 % of {} draws of as many questions\n", 1_000);
        let _ = write!(text, "\nlatency in ms");
        for (name, time) in self.latencies() {
            let _ = write!(text, "  {name} {time:.2}");
        }
        let _ = write!(
            text,
            "\n\n{:<10}  {:>6}  {:>6}  {:>6}  {:>14}\n",
            "questions", "n", "empty", "weak", "empty or weak"
        );
        for pages in &self.pages {
            let share = 100.0 * share(pages.n_either, pages.n);
            let (kind, n, n_empty, n_weak) = (pages.kind.as_str(), pages.n, pages.n_empty, pages.n_weak);
            let _ = writeln!(text, "{kind:<10}  {n:>6}  {n_empty:>6}  {n_weak:>6}  {share:>12.1} %");
        }
        let _ = writeln!(text, "\nrecall@10 of those who heed `weak`: {}", shown(&self.heeded));
        let lanes: Vec<String> = self.lanes.iter().map(|(lane, n)| format!("{lane} {n}")).collect();
        let _ = writeln!(
            text,
            "ways of searching: {}",
            if lanes.is_empty() { "none".to_owned() } else { lanes.join(", ") }
        );
        if self.n_cut > 0 {
            let _ = writeln!(text, "{} pages were cut for their size: a recall may be too low", self.n_cut);
        }
        // Columns are filled up, the last ones too.
        text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
    }
}

impl Group {
    fn of(name: &str, ranks: &[&Ranks]) -> Self {
        let average = |measure: &Measure| Average::of(&ranks.iter().map(|ranks| measure(ranks)).collect::<Vec<f64>>());
        let averages = MEASURES.iter().map(|(_, measure)| average(measure)).collect();
        Self { name: name.to_owned(), n: ranks.len() as u64, averages }
    }
}

impl Pages {
    fn of(kind: Kind, asked: &[Asked]) -> Self {
        let of_kind = || asked.iter().filter(|asked| asked.task.kind == kind);
        Self {
            kind,
            n: of_kind().count() as u64,
            n_empty: of_kind().filter(|asked| asked.is_empty()).count() as u64,
            n_weak: of_kind().filter(|asked| asked.page.is_weak).count() as u64,
            n_either: of_kind().filter(|asked| asked.is_empty() || asked.page.is_weak).count() as u64,
        }
    }
}

fn share(n: u64, of: u64) -> f64 {
    float(n) / float(of.max(1))
}

fn number(average: &Average) -> Value {
    json!({ "value": rounded(average.value), "low": rounded(average.low), "high": rounded(average.high) })
}

fn shown(average: &Average) -> String {
    if average.value.is_nan() {
        return "–".to_owned();
    }
    format!("{:.3} [{:.3} {:.3}]", average.value, average.low, average.high)
}

#[cfg(test)]
mod tests;
