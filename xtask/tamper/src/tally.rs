//! What came out, once for people and once for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::OpenOptions;
use std::io::Write as _;

use serde_json::{Value, json};

/// How many tries that went wrong are told of each attack.
const N_TOLD: usize = 5;
/// The variable that names the file for the page of the long counts.
const REPORT: &str = "ANNALS_FULL_REPORT";
/// What stands for a log that could not be looked at.
pub(crate) const NO_VERDICT: &str = "no verdict";
/// What stands for a log that nobody accuses.
pub(crate) const SOUND: &str = "sound";

/// All tries of one attack, or of one kind of control.
#[derive(Clone)]
pub(crate) struct Tally {
    pub(crate) name: String,
    pub(crate) expected: &'static str,
    pub(crate) n_tried: u64,
    /// How often `verify` found anything at all.
    pub(crate) n_caught: u64,
    /// How often it gave each verdict.
    verdicts: BTreeMap<String, u64>,
    /// Tries with another verdict than was expected, as far as they are told.
    wrong: Vec<String>,
}

impl Tally {
    pub(crate) fn new(name: impl Into<String>, expected: &'static str) -> Self {
        Self { name: name.into(), expected, n_tried: 0, n_caught: 0, verdicts: BTreeMap::new(), wrong: Vec::new() }
    }

    /// One try, and what `verify` called it.
    pub(crate) fn add(&mut self, verdict: &str, told: impl FnOnce() -> String) {
        self.n_tried += 1;
        self.n_caught += u64::from(verdict != SOUND && verdict != NO_VERDICT);
        *self.verdicts.entry(verdict.to_owned()).or_default() += 1;
        if verdict != self.expected && self.wrong.len() < N_TOLD {
            self.wrong.push(told());
        }
    }

    /// Whether every try had the verdict that it should have.
    pub(crate) fn holds(&self) -> bool {
        self.n_tried > 0 && self.verdicts.get(self.expected) == Some(&self.n_tried)
    }

    fn verdict(&self) -> String {
        let mut said: Vec<_> = self.verdicts.iter().collect();
        said.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        match said[..] {
            [(one, _)] => one.clone(),
            _ => said.iter().map(|(verdict, n)| format!("{verdict} {n}")).collect::<Vec<_>>().join(", "),
        }
    }
}

/// One line an attack.
pub(crate) fn text(heading: &str, tallies: &[Tally]) -> String {
    let width = tallies.iter().map(|tally| tally.name.len()).max().unwrap_or_default().max(heading.len());
    let mut text = format!("{:width$}  {:>5}  {:>6}  {:<18}  {}\n", heading, "tried", "caught", "expected", "verdict");
    for tally in tallies {
        let Tally { name, n_tried, n_caught, expected, .. } = tally;
        let sign = if tally.holds() { "" } else { "  <- not as it should be" };
        let verdict = tally.verdict();
        let _ = writeln!(text, "{name:width$}  {n_tried:>5}  {n_caught:>6}  {expected:<18}  {verdict}{sign}");
        for wrong in &tally.wrong {
            let _ = writeln!(text, "{:width$}    {wrong}", "");
        }
    }
    text
}

/// The same as one object.
pub(crate) fn json(seed: u64, n_events: u64, [attacks, limits, controls]: [&[Tally]; 3]) -> Value {
    let rows = |tallies: &[Tally]| tallies.iter().map(row).collect::<Vec<_>>();
    json!({
        "seed": seed,
        "n_events": n_events,
        "attacks": rows(attacks),
        "limits": rows(limits),
        "controls": rows(controls),
        "holds": attacks.iter().chain(limits).chain(controls).all(Tally::holds),
    })
}

/// Leaves a line for the page of the long counts, where there is one.
pub(crate) fn keep_line(attacks: &[Tally], controls: &[Tally]) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os(REPORT) else { return Ok(()) };
    let sum = |tallies: &[Tally], figure: fn(&Tally) -> u64| tallies.iter().map(figure).sum::<u64>();
    let right =
        |tallies: &[Tally]| sum(tallies, |tally| tally.verdicts.get(tally.expected).copied().unwrap_or_default());
    let line = format!(
        "- Tampering: {} attacks on copies of a real log, {} tries, {} caught, {} of them called by the expected name; {} looks at untouched logs, {} accused.\n",
        attacks.len(),
        sum(attacks, |tally| tally.n_tried),
        sum(attacks, |tally| tally.n_caught),
        right(attacks),
        sum(controls, |tally| tally.n_tried),
        sum(controls, |tally| tally.n_tried) - right(controls),
    );
    // One write, appended: others leave lines too.
    Ok(OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())?)
}

fn row(tally: &Tally) -> Value {
    json!({
        "attack": tally.name,
        "tried": tally.n_tried,
        "caught": tally.n_caught,
        "verdict": tally.verdict(),
        "expected": tally.expected,
        "holds": tally.holds(),
        "wrong": tally.wrong,
    })
}

#[cfg(test)]
mod tests;
