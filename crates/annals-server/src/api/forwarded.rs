//! A batch from another Annals: `POST /v1/events` with the media type of [`annals_forward`].
//!
//! The body is read whole and within the limit on bodies, since it is written as one: the sender gives up its own copy for the answer. Lines are checked one after the other, and
//! what is wrong is named with its line; an event that breaks a rule of this server's is put aside instead, so that no sender is stuck with it.

use std::sync::Arc;

use annals::{Forwarded, ForwardedEvent, GapSpan, Invalid, InvalidKind, Reception};
use annals_forward::{Answer, BadLine, Line, MAX_EVENTS, Top, read_line};
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body;
use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// Takes a batch and answers once all of it is durable.
pub(crate) async fn receive(trail: &Trail, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let config = &trail.app().config;
    let bytes = body::whole(headers, body, config.max_body_bytes, config.body_timeout, body::SEND_LINES).await?;
    let n_bytes = bytes.len();
    let app = Arc::clone(trail.app());
    let turn = app.limits.turn_to_hold(n_bytes).await;
    let reception = trail.receive(turn, move || read(&bytes)).await?;
    match reception {
        Reception::Taken(taken) => {
            let answer = Answer {
                next_pseq: taken.next_pseq,
                n_shed: taken.n_shed,
                seqs: taken.seqs,
                buried: taken.buried,
                n_gaps: taken.n_gaps,
                n_ended: taken.n_ended,
                log: taken.log,
                durable_seq: taken.durable_seq,
            };
            trail.app().metrics.forwarded_batches.increment(1);
            trail.app().metrics.forwarded_events.increment(answer.seqs.len() as u64);
            tracing::debug!(n_bytes, n_events = answer.seqs.len(), "took a batch");
            Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], answer.to_json()).into_response())
        }
        Reception::Jump { expected_pseq } => Err(Failure::new(
            Code::Conflict,
            format!("the producer's count jumps: expected is {expected_pseq}, and no gap covers what lies between"),
        )
        .at("pseq")
        .with_members([("expected_pseq".to_owned(), expected_pseq.into())])),
        _ => Err(Failure::new(Code::Internal, "the server could not answer this")),
    }
}

/// Reads a batch, or says what is wrong with which line.
pub(crate) fn read(bytes: &[u8]) -> Result<Forwarded, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Failure::new(Code::Invalid, format!("the body is not valid UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    let mut lines = text.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim().is_empty());
    let (number, first) = lines.next().ok_or_else(|| Failure::new(Code::Invalid, "the batch is empty").at("batch"))?;
    let top = Top::read(first).map_err(|bad| at_line(number, &bad))?;
    let mut gaps = top.gaps.as_slice();
    let mut events: Vec<ForwardedEvent> = Vec::new();
    let mut next: Option<u64> = None;
    for (number, line) in lines {
        if events.len() == MAX_EVENTS {
            return Err(Failure::new(Code::TooLarge, format!("more than {MAX_EVENTS} events in one batch")));
        }
        let line = read_line(line).map_err(|bad| at_line(number, &bad))?;
        if let Some(next) = next {
            check_order(number, next, line.pseq, &mut gaps)?;
        }
        next = Some(line.pseq + 1);
        events.push(event(line));
    }
    Ok(Forwarded { producer: top.producer, events, gaps: top.gaps, sheds: top.sheds, ended: top.ended })
}

/// Each number follows the one before, or a declared loss between the two.
fn check_order(line: usize, mut next: u64, pseq: u64, gaps: &mut &[annals::Gap]) -> Result<(), Failure> {
    let wrong = |problem: String| Failure::new(Code::Invalid, format!("line {line}: {problem}")).at("pseq");
    if pseq < next {
        return Err(wrong(format!("{pseq} comes after {}, which is not in order", next - 1)));
    }
    while next < pseq {
        let Some((gap, rest)) = gaps.split_first() else {
            return Err(wrong(format!("jumps to {pseq}, expected is {next}, and no gap covers what lies between")));
        };
        *gaps = rest;
        next = match gap.span {
            GapSpan::Range { first, last } if first <= next => next.max(last + 1),
            // Nobody knows where it ends: what follows, follows.
            GapSpan::From { first } if first <= next => pseq,
            GapSpan::Range { .. } | GapSpan::From { .. } => {
                return Err(wrong(format!("jumps to {pseq}, and {next} is in no gap")));
            }
            GapSpan::After { .. } => next,
        };
    }
    Ok(())
}

fn event(line: Line) -> ForwardedEvent {
    let Line { pseq, id, created_at, begun, n_redacted, event } = line;
    ForwardedEvent { pseq, id, created_at, begun, n_redacted, event: event.map_err(|refused| refused.invalid) }
}

fn at_line(number: usize, bad: &BadLine) -> Failure {
    let invalid =
        Invalid::new(bad.field().to_owned(), InvalidKind::Malformed, format!("line {number}: {}", bad.problem()));
    Failure::from(match bad.hint() {
        Some(hint) => invalid.with_hint(hint),
        None => invalid,
    })
}
