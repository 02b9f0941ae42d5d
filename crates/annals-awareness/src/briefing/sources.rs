//! How each source stands, from its status and those of its alerts that pass both sieves.
//!
//! An alert comes with its source, so a source is known by either.

use std::collections::BTreeMap;

use annals_event::Timestamp;
use annals_store::awareness::Entry;
use serde_json::{Value, json};

use super::{Material, Severity, matching, quieting};
use crate::moment;
use crate::resources::Resource;

const NANOS_A_SECOND: i64 = 1_000_000_000;

/// How long a status holds where it does not say.
const TTL_SEC: i64 = 120;

/// How a source stands, the worst last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Standing {
    Ok,
    Stale,
    Warning,
    Critical,
}

/// How many alerts met the sieves, and how many each of them held back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) checked: usize,
    pub(super) suppressed: usize,
    pub(super) matched: usize,
}

/// One source.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) source: &'a str,
    pub(super) standing: Standing,
    /// How many alerts are left.
    pub(super) n_alerts: usize,
    /// The message of the worst one.
    pub(super) headline: Option<&'a str>,
    reported: Option<Timestamp>,
    /// For how many seconds a stale source has been silent.
    silent: Option<i64>,
}

impl Report<'_> {
    pub(super) fn needs_attention(&self) -> bool {
        self.standing != Standing::Ok
    }

    pub(super) fn is_stale(&self) -> bool {
        self.silent.is_some()
    }

    /// How bad its alerts are. One that is only for information shows as a warning.
    pub(super) fn worst(&self) -> Option<Severity> {
        match self.standing {
            Standing::Critical => Some(Severity::Critical),
            Standing::Warning => Some(Severity::Warning),
            Standing::Stale | Standing::Ok => None,
        }
    }

    pub(super) fn stale_headline(&self) -> Option<String> {
        self.silent.map(|age| format!("{} has not reported in {age}s", self.source))
    }

    /// A silent source stays `stale` to its readers, with its alerts beside that.
    pub(super) fn to_json(&self) -> Value {
        let source = self.source;
        let mut shown = json!({ "last_report": self.reported.map(moment::written) });
        let about_alerts = |word: &str| {
            // No address has an empty source; all alerts have those without a source among them.
            let alerts = Some(source.to_owned()).filter(|source| !source.is_empty());
            json!({
                "status": word,
                "headline": self.headline.unwrap_or_default(),
                "drill_down": Resource::Alerts(alerts).address(),
            })
        };
        let word = match self.standing {
            Standing::Critical => "critical",
            Standing::Warning => "warning",
            Standing::Stale => "stale",
            Standing::Ok => "ok",
        };
        if let Some(headline) = self.stale_headline() {
            shown["status"] = "stale".into();
            shown["headline"] = headline.into();
            if !source.is_empty() {
                shown["drill_down"] = Resource::Status(source.to_owned()).address().into();
            }
            if self.n_alerts > 0 {
                shown["alerts"] = about_alerts(word);
                shown["alerts"]["count"] = self.n_alerts.into();
            }
        } else if self.n_alerts > 0 {
            let last_report = shown["last_report"].take();
            shown = about_alerts(word);
            shown["last_report"] = last_report;
        } else {
            shown["status"] = word.into();
        }
        shown
    }
}

/// Every source that has a status, or an alert left.
pub(super) fn reports<'a>(material: &'a Material, tally: &mut Tally) -> Vec<Report<'a>> {
    let mut of_source: BTreeMap<&str, (Option<&Entry>, Vec<&Entry>)> = BTreeMap::new();
    for status in &material.loaded.statuses {
        let newest = &mut of_source.entry(&status.source).or_default().0;
        if newest.is_none_or(|newest| newest.touched() < status.touched()) {
            *newest = Some(status);
        }
    }
    for alert in &material.loaded.alerts {
        of_source.entry(&alert.source).or_default().1.push(alert);
    }
    let suppressions = quieting::Suppressions::of(&material.loaded.suppressions, material.now);
    let patterns = matching::Patterns::of(&material.loaded.patterns, material.now, &material.zone);
    let sieved = of_source.into_iter().filter_map(|(source, (status, alerts))| {
        tally.checked += alerts.len();
        let mut left = Vec::new();
        for alert in alerts {
            if suppressions.quiet(alert) {
                tally.suppressed += 1;
            } else if patterns.expect(alert) {
                tally.matched += 1;
            } else {
                left.push(alert);
            }
        }
        // A source that never reported and has nothing to say is none.
        (status.is_some() || !left.is_empty()).then(|| report(source, status, &left, material.now))
    });
    sieved.collect()
}

fn report<'a>(source: &'a str, status: Option<&'a Entry>, left: &[&'a Entry], now: Timestamp) -> Report<'a> {
    let reported = status.map(Entry::touched);
    let ttl = status.and_then(|status| status.data.get("ttl_sec")?.as_i64()).unwrap_or(TTL_SEC);
    let age = reported.map(|reported| now.as_nanos().saturating_sub(reported.as_nanos()));
    let silent = age.filter(|age| *age > ttl.saturating_mul(NANOS_A_SECOND)).map(|age| age / NANOS_A_SECOND);
    let worst = left.iter().max_by_key(|alert| (Severity::of(alert.text("level")), alert.touched()));
    let standing = match worst.map(|alert| Severity::of(alert.text("level"))) {
        Some(Severity::Critical) => Standing::Critical,
        Some(_) => Standing::Warning,
        None if silent.is_some() => Standing::Stale,
        None => Standing::Ok,
    };
    let headline = worst.map(|alert| alert.text("message").unwrap_or_default());
    Report { source, standing, n_alerts: left.len(), headline, reported, silent }
}
