//! `verify_log`: whether the whole log is what was recorded.
//!
//! It reads every row of every space, so its answer holds counts and verdicts and nothing that an event says. One verification runs at a time, and whoever asks meanwhile is given the
//! answer of the one that runs.

use rmcp::model::{ProgressNotificationParam, Tool};
use serde_json::{Value, json};

use super::{Answer, Arguments, Calling, Hints, tool};
use crate::failure::Failure;
use crate::page::{self, VerifyingState};

pub(super) fn describe() -> Tool {
    tool(
        "verify_log",
        "Verify the whole log",
        "Reads the whole log and says whether it is what was recorded: `verdict` is `sound` or what kind of tampering fits.",
        Hints::Reads,
        json!({ "type": "object", "additionalProperties": false }),
        &[("verdict", "string"), ("findings", "array"), ("n_events", "integer")],
    )
}

pub(super) async fn call(calling: &Calling, arguments: Arguments) -> Result<Answer, Failure> {
    arguments.only([])?;
    let mut changes = page::verify(&calling.trail);
    let ended = loop {
        let state = changes.borrow_and_update().clone();
        match state {
            VerifyingState::Idle => {}
            VerifyingState::Running { n_done, n_total } => tell(calling, n_done, n_total).await,
            VerifyingState::Done(ended) => break ended,
        }
        if changes.changed().await.is_err() {
            return Err(Failure::stopping());
        }
    };
    let report = ended.result.as_ref().map_err(|failure| {
        // Whoever ran it has told the log.
        Failure::new(failure.code(), "the log could not be verified at the moment")
    })?;
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "verdict": finding.verdict.as_str(),
                "first_seq": finding.first_seq,
                "last_seq": finding.last_seq,
                "text": finding.text,
            })
        })
        .collect();
    Ok(Answer::of(json!({
        "verdict": report.verdict().map_or("sound", annals::verify::Verdict::as_str),
        "findings": findings,
        "n_findings": report.n_findings,
        "n_events": report.n_events,
        "n_checked": report.n_checked,
        "sealed_size": report.sealed_size,
        "n_checkpoints": report.n_checkpoints,
        "signer": report.signer,
        "trust": report.trust.as_str(),
        "n_erased": report.n_erased,
        "n_gaps": report.n_gaps,
        "n_open": report.n_open,
    })))
}

/// Reports how far it is, where the client wants to know. A client that is gone is no reason to stop before the call is cancelled.
async fn tell(calling: &Calling, n_done: u64, n_total: u64) {
    let Some((peer, token)) = &calling.progress else { return };
    #[expect(clippy::cast_precision_loss, reason = "no log has so many events that a double could not count them")]
    let param = ProgressNotificationParam::new(token.clone(), n_done as f64).with_total(n_total as f64);
    if let Err(error) = peer.notify_progress(param).await {
        tracing::debug!("a client was not told about progress: {error}");
    }
}
