//! Verifying the whole log: started by a button, told while it runs, and kept when it is done.
//!
//! One runs at a time, for everybody; a second wish joins the first. Whoever watches gets rendered pieces as server-sent events, or without JavaScript a page that asks again.
//! The log is one for all spaces, and a report has no value of any row, so that everybody who may ask this server at all may see it; what it knows of single operations stays out.

use std::sync::Arc;
use std::time::Instant;

use annals::Timestamp;
use annals::verify::{Options, Report};
use axum::Extension;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tokio::sync::watch;

use super::text::{counted, number, told};
use super::times::{Clock, duration};
use crate::api::pages::streamed;
use crate::failure::Failure;
use crate::trail::Trail;

/// The view that shows it.
const HOME: &str = "/log#verification";

/// Who has verified, and who does.
pub(crate) struct Verifying {
    state: watch::Sender<State>,
}

/// How it stands.
#[derive(Clone)]
pub(crate) enum State {
    /// Nobody has asked since the server started.
    Idle,
    /// It runs.
    Running { n_done: u64, n_total: u64 },
    /// It ended.
    Done(Arc<Ended>),
}

/// A verification that ended.
pub(crate) struct Ended {
    at: Timestamp,
    took_ms: u64,
    pub(crate) result: Result<Report, Failure>,
}

impl Verifying {
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(State::Idle) }
    }

    /// How it stands now.
    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Whether this call may start one: it does not run yet.
    fn claim(&self) -> bool {
        self.state.send_if_modified(|state| {
            let is_free = !matches!(state, State::Running { .. });
            if is_free {
                *state = State::Running { n_done: 0, n_total: 0 };
            }
            is_free
        })
    }
}

/// `POST /log/verify`: starts one, unless it runs.
pub(crate) async fn begin(Extension(trail): Extension<Trail>) -> Redirect {
    let _ = join(&trail);
    Redirect::to(HOME)
}

/// Joins the one that runs, or starts one. Whoever stops listening stops nothing.
pub(crate) fn join(trail: &Trail) -> watch::Receiver<State> {
    let app = trail.app();
    // Before it starts, so that its end is not missed.
    let changes = app.verifying.state.subscribe();
    if app.verifying.claim() {
        tokio::spawn(run(trail.clone()));
    }
    changes
}

async fn run(trail: Trail) {
    let app = Arc::clone(trail.app());
    let begun = Instant::now();
    let worker = Arc::clone(&app);
    let result = app
        .workers
        .run(move || {
            let mut progress = |progress: annals::verify::Progress| {
                let (n_done, n_total) = (progress.n_done, progress.n_total);
                worker.verifying.state.send_replace(State::Running { n_done, n_total });
            };
            worker.audit.verify(&Options::default(), &mut progress)
        })
        .await;
    let result = result.and_then(|report| report.map_err(Failure::from));
    match &result {
        Ok(report) => app.witness.verified(report, trail.caller()),
        Err(failure) => failure.tell(),
    }
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let ended = Ended { at: now(), took_ms, result };
    app.verifying.state.send_replace(State::Done(Arc::new(ended)));
}

fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

/// `GET /log/verify`: how it stands, as it changes; a browser that comes by itself is sent to the view.
pub(crate) async fn state(Extension(trail): Extension<Trail>, headers: HeaderMap) -> Response {
    let is_stream =
        headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream"));
    if !is_stream {
        return Redirect::to(HOME).into_response();
    }
    let mut states = trail.app().verifying.state.subscribe();
    let (sender, body) = streamed();
    tokio::spawn(async move {
        loop {
            let state = states.borrow_and_update().clone();
            let is_over = !matches!(state, State::Running { .. });
            let message = super::live::message(if is_over { "done" } else { "progress" }, None, &markup(&state));
            if sender.send(Ok(message.into())).await.is_err() || is_over {
                return;
            }
            tokio::select! {
                () = sender.closed() => return,
                changed = states.changed() => if changed.is_err() { return },
            }
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

/// How it stands, for people.
pub(super) fn markup(state: &State) -> Markup {
    match state {
        State::Idle => html! { p.note { "Nobody has verified since this server started." } },
        State::Running { n_done, n_total } => html! {
            p id="verified" {
                label for="progress" { "Verifying: " (number(*n_done)) @if 0 < *n_total { " of " (counted(*n_total, "event")) } }
            }
            progress id="progress" value=[(0 < *n_total).then_some(n_done)] max=[(0 < *n_total).then_some(n_total)] {}
        },
        State::Done(ended) => {
            let clock = Clock::now();
            html! {
                @match &ended.result {
                    Ok(report) => (reported(report)),
                    Err(failure) => p.verdict.bad { "The log could not be verified: " (told(failure.message())) "." },
                }
                p.note { "Verified " (clock.time(ended.at)) ", in " (duration(ended.took_ms)) "." }
            }
        }
    }
}

fn reported(report: &Report) -> Markup {
    let n_told = report.findings.len() as u64;
    let tail = report.n_events.saturating_sub(report.sealed_size);
    html! {
        @match report.findings.first() {
            None => p.verdict.good id="verified" { span aria-hidden="true" { "✓ " } "Sound: " (counted(report.n_events, "event")) "." },
            Some(finding) => p.verdict.bad id="verified" { span aria-hidden="true" { "✗ " } "Broken, " (finding.verdict) ": " (told(&finding.text)) "." },
        }
        ul.report {
            @for finding in report.findings.iter().skip(1) { li.bad { (finding.verdict) ": " (told(&finding.text)) } }
            @if n_told < report.n_findings { li.bad { "and " (counted(report.n_findings - n_told, "finding")) " more" } }
            @if !report.findings.is_empty() {
                @match report.n_sound {
                    Some(0) => li { "Nothing before that is known to be sound." },
                    Some(n) => li { "Still sound: the first " (counted(n, "event")) "." },
                    None => li { "No part of it can be called sound." },
                }
            }
            @if report.sealed_size == 0 { li { "No checkpoint covers any of it." } }
            @else if tail == 0 { li { "The newest checkpoint covers all of it; " (counted(report.n_checkpoints, "checkpoint")) " hold." } }
            @else { li { "The newest checkpoint covers " (counted(report.sealed_size, "event")) "; the last " (number(tail)) " nobody has signed yet." } }
            @if 0 < report.n_unsealed { li { (counted(report.n_unsealed, "span")) " waited long for a checkpoint." } }
            @if 0 < report.n_gaps { li { (counted(report.n_gaps, "loss")) " declared by the log itself." } }
            @if 0 < report.n_erased { li { (counted(report.n_erased, "row")) " emptied, as recorded erasures say." } }
            @if !report.pending.is_empty() { li { (counted(report.pending.len() as u64, "erasure")) " recorded and not carried out yet." } }
            @if 0 < report.n_open { li { (counted(report.n_open, "operation")) " without an end." } }
            @match &report.signer {
                None => li { "Nobody has signed it." },
                Some(key) => li { "Key " code.key { (told(key)) } ", known from " (report.trust.as_str()) ". A key that this server tells you proves nothing against this server: compare it with one that you kept." },
            }
        }
    }
}
