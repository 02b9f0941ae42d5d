//! `GET /live`: new events as rendered rows, and now and then how the last hour goes, as server-sent events.
//!
//! What is sent is markup that was rendered here, by the same function as the rows of the page, so that the script has nothing to build from the words of strangers: it puts a row where
//! rows are (`insertAdjacentHTML`). That is as safe as the page itself, which is made of the same bytes: `maud` has escaped every text, and the policy forbids a script or a handler that
//! would be hidden in one all the same. A second renderer in the browser would be the one that forgets a text.

use std::time::{Duration, Instant};

use annals::{Filter, Limit, Order, PageRequest, SeqRange, StoredEvent};
use axum::Extension;
use axum::extract::Query;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use tokio::sync::{mpsc, watch};

use super::filters::Pairs;
use super::times::Clock;
use super::{now, rows};
use crate::api::pages::{Piece, break_off, streamed};
use crate::failure::{Code, Failure};
use crate::trail::Trail;
use crate::watch::Seen;

/// The longest silence; what lies between takes a longer one for death.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often the numbers of the last hour are counted for one reader.
const PULSE: Duration = Duration::from_secs(5);
/// No page shows more rows than these; of more that came at once the newest are sent.
const MOST_ROWS: u64 = 100;

/// The stream.
pub(crate) async fn live(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let from = pairs.iter().find(|(name, _)| name == "from").map(|(_, seq)| number(seq)).transpose()?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let next = match last {
        Some(last) => Some(number(last)?.saturating_add(1)),
        None => from,
    };
    let seen = trail.app().watch.listen(&trail.app().audit);
    let (sender, body) = streamed();
    tokio::spawn(Live { trail, next, seen, sender, pulse_at: Instant::now() }.run());
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse().ok().filter(|seq| i64::try_from(*seq).is_ok()).ok_or_else(|| {
        Failure::new(Code::Invalid, "is no sequence number").at("from").with_hint("give the `seq` of an event")
    })
}

/// One reader.
struct Live {
    trail: Trail,
    /// The first `seq` that was not looked at yet; `None` for the log's end as it is first seen.
    next: Option<u64>,
    seen: watch::Receiver<Seen>,
    sender: mpsc::Sender<Piece>,
    /// When the numbers of the last hour are due again.
    pulse_at: Instant,
}

impl Live {
    async fn run(mut self) {
        // The stream is open: said at once, since a browser tells of it only then.
        if !self.send(":\n\n".to_owned()).await {
            return;
        }
        loop {
            let seen = *self.seen.borrow_and_update();
            if seen.is_over {
                return;
            }
            if let Some(end) = seen.n_events {
                let next = *self.next.get_or_insert(end);
                if next < end {
                    match self.catch_up(next, end).await {
                        Ok(true) => {}
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
                        if !self.send(":\n\n".to_owned()).await {
                            return;
                        }
                    }
                },
            }
        }
    }

    /// Sends what came from `next` to before `end`, the newest last; says whether anybody is still there.
    async fn catch_up(&mut self, next: u64, end: u64) -> Result<bool, Failure> {
        let events = self.newest(next, end).await?;
        self.next = Some(end);
        let clock = Clock::now();
        let mut text = String::new();
        for event in events.iter().rev() {
            text.push_str(&message("row", Some(event.seq), &rows::row(event, &clock)));
        }
        if !events.is_empty() && self.pulse_at <= Instant::now() {
            self.pulse_at = Instant::now() + PULSE;
            text.push_str(&message("pulse", None, &now::pulse(&self.trail, &clock).await?));
        }
        Ok(text.is_empty() || self.send(text).await)
    }

    async fn newest(&self, next: u64, end: u64) -> Result<Vec<StoredEvent>, Failure> {
        let limit = Limit::new(MOST_ROWS).unwrap_or_default();
        let request = PageRequest { order: Order::Newest, limit, cursor: None };
        let filter = Filter::new().seqs(SeqRange { start: next, end });
        Ok(self.trail.query(filter, request).await?.events)
    }

    /// Sends a piece; one who takes nothing for too long is not there.
    async fn send(&self, text: String) -> bool {
        let patience = self.trail.app().config.write_timeout;
        matches!(tokio::time::timeout(patience, self.sender.send(Ok(text.into()))).await, Ok(Ok(())))
    }
}

/// One message, whose data is markup.
pub(super) fn message(name: &str, id: Option<u64>, markup: &Markup) -> String {
    let mut text = String::with_capacity(markup.0.len() + 64);
    let mut line = |field: &str, value: &str| {
        text.push_str(field);
        text.push_str(": ");
        text.push_str(value);
        text.push('\n');
    };
    line("event", name);
    if let Some(id) = id {
        line("id", &id.to_string());
    }
    markup.0.lines().for_each(|piece| line("data", piece));
    text.push('\n');
    text
}
