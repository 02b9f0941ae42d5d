//! `GET /v1/events/stream`: events as they become durable, as server-sent events.
//!
//! A message's id is the event's `seq`. Whoever comes back with it, in `Last-Event-ID`, misses nothing and gets nothing twice. While nothing fits, the id moves on without a message, so
//! that coming back costs no second look at what was looked at.

use std::time::Duration;

use annals::{Order, PageRequest, SeqRange, StoredEvent};
use annals_ask::Question;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Zoned;
use tokio::sync::{mpsc, watch};

use super::pages::{Pages, Piece, break_off, streamed};
use crate::failure::{Code, Failure};
use crate::trail::Trail;
use crate::watch::Seen;

/// The longest silence: what lies between client and server takes a longer one for death.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client should wait before it comes back.
const RETRY_MS: u32 = 1_000;

/// Follows the caller's events: new ones, or those from a place on.
pub(crate) async fn tail(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (asked, from) = read(&pairs, &headers)?;
    if let Some(from) = from {
        is_there_already(&trail, from).await?;
    }
    let seen = trail.app().watch.listen(&trail.app().audit);
    let (sender, body) = streamed();
    let mut filter = asked.filter;
    let span = filter.seqs.take().unwrap_or(SeqRange::ALL);
    tokio::spawn(Tail { trail, filter, span, next: from, seen, sender }.run());
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

/// The question, and the first `seq` that is wanted.
fn read(pairs: &[(String, String)], headers: &HeaderMap) -> Result<(Question, Option<u64>), Failure> {
    let mut from = None;
    let mut asked = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match name.as_str() {
            "from" => from = Some(seq_of(value).ok_or_else(|| no_seq("from", value))?),
            "limit" | "cursor" | "order" => {
                return Err(Failure::new(Code::Invalid, "is no parameter of this request")
                    .at(name.as_str())
                    .with_hint("a stream has no pages; `from` says where it begins"));
            }
            _ => asked.push((name.as_str(), value.as_str())),
        }
    }
    if let Some(last) = headers.get("last-event-id") {
        let last = last.to_str().unwrap_or_default();
        // A client that has seen nothing yet says so by an empty id.
        if !last.is_empty() {
            from = Some(seq_of(last).ok_or_else(|| no_seq("last-event-id", last))? + 1);
        }
    }
    Ok((Question::read(asked, &Zoned::now())?, from))
}

/// Whoever waits for a number far ahead would hear nothing of all that comes before it: it saw another log, or this one before it was put back.
async fn is_there_already(trail: &Trail, from: u64) -> Result<(), Failure> {
    let n_events = trail.n_events().await?;
    if from <= n_events {
        return Ok(());
    }
    Err(Failure::new(Code::Invalid, format!("the log has no event {} yet", from - 1))
        .at("from")
        .with_hint(format!("the next event is {n_events}; without `from` and `Last-Event-ID` the stream begins there")))
}

fn seq_of(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain
        .then(|| text.parse::<u64>().ok())
        .flatten()
        .filter(|seq| i64::try_from(*seq).is_ok_and(|seq| seq < i64::MAX))
}

fn no_seq(field: &'static str, text: &str) -> Failure {
    Failure::new(Code::Invalid, format!("`{}` is no sequence number", annals_ask::shortened(text)))
        .at(field)
        .with_hint("give the `seq` of an event")
}

/// One stream.
struct Tail {
    trail: Trail,
    filter: annals::Filter,
    /// What the client itself limits the numbers to.
    span: SeqRange,
    /// The first `seq` that was not looked at yet; `None` for the log's end as it is first seen.
    next: Option<u64>,
    seen: watch::Receiver<Seen>,
    sender: mpsc::Sender<Piece>,
}

impl Tail {
    async fn run(mut self) {
        if !self.send(format!("retry: {RETRY_MS}\n\n")).await {
            return;
        }
        loop {
            let seen = *self.seen.borrow_and_update();
            if seen.is_over {
                return;
            }
            if let Some(end) = seen.n_events {
                let next = *self.next.get_or_insert(end);
                if self.span.end <= next {
                    return;
                }
                if next < end {
                    match self.catch_up(next, end).await {
                        Ok(true) => continue,
                        Ok(false) => return,
                        Err(failure) => return break_off(&self.sender, &failure).await,
                    }
                }
            }
            tokio::select! {
                () = self.sender.closed() => return,
                changed = tokio::time::timeout(KEEP_ALIVE, self.seen.changed()) => match changed {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    Err(_) => {
                        if let Err(failure) = self.trail.is_still_known() {
                            return break_off(&self.sender, &failure).await;
                        }
                        let id = self.next.and_then(|next| next.checked_sub(1));
                        if !self.send(id.map_or_else(|| ":\n\n".to_owned(), |id| format!("id: {id}\n\n"))).await {
                            return;
                        }
                    }
                },
            }
        }
    }

    /// Sends what fits from `next` to before `end`; says whether to go on.
    async fn catch_up(&mut self, next: u64, end: u64) -> Result<bool, Failure> {
        let mut filter = self.filter.clone();
        filter.seqs = Some(SeqRange { start: next.max(self.span.start), end: end.min(self.span.end) });
        let request = PageRequest { order: Order::Oldest, ..PageRequest::default() };
        let mut pages = Pages::new(self.trail.clone(), filter, request, None);
        while let Some(text) = pages.next(write).await? {
            if let Some(cursor) = pages.cursor() {
                self.next = Some(cursor.seq() + 1);
            }
            if !text.is_empty() && !self.send(text).await {
                return Ok(false);
            }
            if self.seen.borrow().is_over {
                return Ok(false);
            }
        }
        self.next = Some(end);
        Ok(true)
    }

    /// Sends a piece; says whether anybody is still there. One who takes nothing for too long is not.
    async fn send(&self, text: impl Into<Bytes>) -> bool {
        let patience = self.trail.app().config.write_timeout;
        matches!(tokio::time::timeout(patience, self.sender.send(Ok(text.into()))).await, Ok(Ok(())))
    }
}

/// One message. The event's JSON is one line.
fn write(event: &StoredEvent, text: &mut String) {
    use std::fmt::Write as _;
    let _ = write!(text, "id: {}\nevent: event\ndata: ", event.seq);
    annals_event::json::write(event, text);
    text.push_str("\n\n");
}
