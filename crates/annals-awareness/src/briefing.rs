//! What an agent should know before it begins: which sources need attention, and which reminders are due.
//!
//! A pure function over what one look loaded ([`Material`]). Alerts go through two sieves: suppressions (`quieting`), which somebody set for a while,
//! and patterns (`matching`), which were learnt. What is left makes a source warn or critical. A source is listed for its status, however old, or for
//! an alert, also where it never reported; the original loses both a silent source's alerts and those of one without a status.
//! At most [`Material::max_sources`] are listed, the worst first, and the rest is counted.
//!
//! Firing a reminder is a change and happens before, at the desk of a store ([`fire`]); here it is only told.
//! No clock is read: `now` and the user's time zone come in.

mod held;
mod intentions;
mod matching;
mod quieting;
mod sources;

use annals_event::Timestamp;
use annals_store::awareness::Entry;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::moment;

pub(crate) use held::HeldBriefings;
pub use intentions::fire;
use sources::{Report, Standing, Tally};

/// How many sources are listed unless somebody asks for another number.
pub const MAX_SOURCES: usize = 20;

/// What a briefing is made of.
#[derive(Clone, Debug)]
pub struct Material {
    /// What was loaded. Those that are `due` are told as fired: whoever asks has fired them before.
    pub loaded: annals_store::awareness::Briefing,
    /// When it is.
    pub now: Timestamp,
    /// Where its reader is.
    pub zone: TimeZone,
    /// No more sources than this are listed.
    pub max_sources: usize,
}

/// How bad something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Severity {
    Unknown,
    Info,
    Warning,
    Critical,
}

impl Severity {
    fn of(level: Option<&str>) -> Self {
        match level {
            Some("info") => Self::Info,
            Some("warning") => Self::Warning,
            Some("critical") => Self::Critical,
            _ => Self::Unknown,
        }
    }
}

/// The briefing, with the keys of the contract.
pub fn brief(material: &Material) -> Value {
    let mut tally = Tally::default();
    let mut reports = sources::reports(material, &mut tally);
    reports.sort_by(|a, b| b.standing.cmp(&a.standing).then_with(|| a.source.cmp(b.source)));
    let fired = intentions::fired(material);
    let n_due = material.loaded.due.iter().filter(|entry| intentions::is_pending(entry)).count();
    let n_pending = material.loaded.n_pending.saturating_sub(u64::try_from(n_due).unwrap_or(u64::MAX));
    let n_alerts: usize = reports.iter().map(|report| report.n_alerts).sum();
    let needs_attention = !fired.is_empty() || reports.iter().any(Report::needs_attention);

    let (listed, omitted) = reports.split_at(reports.len().min(material.max_sources));
    let sources: Map<String, Value> =
        listed.iter().map(|report| (report.source.to_owned(), report.to_json())).collect();
    let mut briefing = Map::new();
    let mut put = |key: &str, value: Value| {
        briefing.insert(key.to_owned(), value);
    };
    put("generated", moment::written(material.now).into());
    put("staleness_sec", 0.into());
    put("sources", sources.into());
    put("active_alerts", n_alerts.into());
    put("active_suppressions", material.loaded.n_suppressions.into());
    put("upcoming", json!([]));
    put("attention_needed", needs_attention.into());
    put("pending_intentions", n_pending.into());
    put(
        "evaluation",
        json!({
            "alerts_checked": tally.checked,
            "suppressed": tally.suppressed,
            "pattern_matched": tally.matched,
            "stale_sources": reports.iter().filter(|report| report.is_stale()).count(),
            "surfaced": n_alerts,
            "intentions_pending": n_pending,
            "intentions_fired": fired.len(),
        }),
    );
    put("summary", summary(&reports, listed.len(), fired.len()).into());
    if needs_attention {
        put("suggested_mention", mention(listed, &fired).into());
    }
    if !omitted.is_empty() {
        put("sources_omitted", counted(omitted));
    }
    if !fired.is_empty() {
        put("fired_intentions", fired.iter().map(|entry| intentions::line(entry)).collect());
    }
    Value::Object(briefing)
}

/// One line for all: which sources are how, and how many reminders wait. Of each kind no more sources are named than are listed.
fn summary(reports: &[Report<'_>], n_named: usize, n_fired: usize) -> String {
    let mut parts = Vec::new();
    let those = |chosen: &dyn Fn(&Report<'_>) -> bool| -> (usize, String) {
        let all: Vec<&str> = reports.iter().filter(|report| chosen(report)).map(|report| report.source).collect();
        let mut named = all.iter().take(n_named).copied().collect::<Vec<_>>().join(", ");
        if all.len() > n_named {
            named = format!("{named} and {} more", all.len() - n_named);
        }
        (all.len(), named)
    };
    for (standing, word) in [(Severity::Critical, "critical"), (Severity::Warning, "warning")] {
        let (n, sources) = those(&|report| report.worst() == Some(standing));
        if n > 0 {
            parts.push(format!("{n} {word} on {sources}"));
        }
    }
    let (n, sources) = those(&|report| report.is_stale());
    if n > 0 {
        parts.push(format!("{sources} stale"));
    }
    if n_fired > 0 {
        parts.push(format!("{n_fired} intention{} ready", if n_fired == 1 { "" } else { "s" }));
    }
    if parts.is_empty() {
        return format!("All clear across {} source(s).", reports.len());
    }
    format!("{}.", parts.join(". "))
}

/// What an agent may say to its user, worst first.
fn mention(listed: &[Report<'_>], fired: &[&Entry]) -> String {
    let alerts = listed.iter().flat_map(|report| {
        let alert = report.headline.map(|headline| match report.worst() {
            Some(Severity::Critical) => format!("CRITICAL: {headline}"),
            _ => format!("FYI: {headline}"),
        });
        let stale = report.stale_headline().map(|headline| format!("STALE: {headline}"));
        [alert, stale].into_iter().flatten()
    });
    let goals = fired.iter().map(|entry| format!("INTENTION: {}", entry.text("goal").unwrap_or_default()));
    alerts.chain(goals).collect::<Vec<_>>().join(" ")
}

/// How many sources are not listed, by how they stand.
fn counted(omitted: &[Report<'_>]) -> Value {
    let n = |standing: Standing| omitted.iter().filter(|report| report.standing == standing).count();
    json!({
        "total": omitted.len(),
        "critical": n(Standing::Critical),
        "warning": n(Standing::Warning),
        "stale": n(Standing::Stale),
        "ok": n(Standing::Ok),
    })
}

#[cfg(test)]
mod tests;
