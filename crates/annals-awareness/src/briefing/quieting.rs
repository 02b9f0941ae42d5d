//! Which alerts somebody has asked not to see for a while.
//!
//! Every suppression that matches is consulted and the strongest wins, whichever was made first: a weak new one takes nothing from a strong old one.

use annals_event::Timestamp;
use annals_store::awareness::Entry;
use serde_json::Value;

use super::Severity;

/// Suppressions that hold now, by what they ask.
pub(super) struct Suppressions<'a>(Vec<&'a Entry>);

impl<'a> Suppressions<'a> {
    pub(super) fn of(all: &'a [Entry], now: Timestamp) -> Self {
        Self(all.iter().filter(|entry| entry.is_live(now)).collect())
    }

    /// Whether one of them quiets the alert.
    pub(super) fn quiet(&self, alert: &Entry) -> bool {
        self.0.iter().any(|suppression| matches(suppression, alert) && is_strong_enough(suppression, alert))
    }
}

/// Whether the suppression is about such alerts.
fn matches(suppression: &Entry, alert: &Entry) -> bool {
    if !suppression.source.is_empty() && suppression.source != alert.source {
        return false;
    }
    let metric = suppression.text("metric").filter(|metric| !metric.is_empty());
    if metric.is_some_and(|metric| alert.text("metric") != Some(metric)) {
        return false;
    }
    if suppression.tags.is_empty() {
        return true;
    }
    let texts = ["alert_id", "message", "metric"].map(|field| alert.text(field).unwrap_or_default().to_lowercase());
    // A blank tag would be found in every text.
    suppression.tags.iter().filter(|tag| !tag.trim().is_empty()).any(|tag| {
        alert.tags.contains(tag) || {
            let tag = tag.to_lowercase();
            texts.iter().any(|text| text.contains(&tag))
        }
    })
}

/// An alert that is worse than what was suppressed is heard, unless the suppression says that it is not.
fn is_strong_enough(suppression: &Entry, alert: &Entry) -> bool {
    let lets_worse_through = suppression.data.get("escalation_override") != Some(&Value::Bool(false));
    let level = Severity::of(suppression.text("suppress_level").or(Some("warning")));
    !(lets_worse_through && Severity::of(alert.text("level")) > level)
}

#[cfg(test)]
mod tests;
