//! All events that fit, page by page, at the reader's speed.
//!
//! A page is read in one short transaction and let go before a byte of it goes to the socket, so a slow reader holds neither the database nor more than one page in memory.
//! Pages are as long as their events are short.

use std::pin::Pin;
use std::task::{Context, Poll};

use annals::{Cursor, Filter, Limit, PageRequest, StoredEvent};
use axum::body::{Body, Bytes};
use futures_core::Stream;
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::limits::Room;
use crate::trail::Trail;

/// How much text a page should make.
const PAGE_BYTES: usize = 64 * 1024;
/// The most events of a page.
const LONGEST: u64 = 256;

/// A question that is answered page by page.
pub(crate) struct Pages {
    trail: Trail,
    filter: Filter,
    request: PageRequest,
    /// How many events may still come.
    n_left: u64,
    is_done: bool,
}

impl Pages {
    /// All events that fit from the request's cursor on, or so many of them.
    pub(crate) fn new(trail: Trail, filter: Filter, request: PageRequest, n_at_most: Option<u64>) -> Self {
        Self { trail, filter, request, n_left: n_at_most.unwrap_or(u64::MAX), is_done: false }
    }

    /// The next events as text, each written by `write`; `None` when nothing can follow. May be empty where much was looked at and little fits.
    ///
    /// A page has its room before it is read, and for as long as its text is anywhere on its way.
    pub(crate) async fn next(&mut self, write: impl Fn(&StoredEvent, &mut String)) -> Result<Option<Bytes>, Failure> {
        let room = self.trail.app().limits.room_for_page().await;
        self.read(room, write).await
    }

    /// The same before the answer begins: where there is no room, its client is told at once instead of waiting for it.
    pub(crate) async fn first(&mut self, write: impl Fn(&StoredEvent, &mut String)) -> Result<Option<Bytes>, Failure> {
        let room = self.trail.app().limits.room_for_first_page()?;
        self.read(room, write).await
    }

    async fn read(&mut self, room: Room, write: impl Fn(&StoredEvent, &mut String)) -> Result<Option<Bytes>, Failure> {
        if self.is_done || self.n_left == 0 {
            return Ok(None);
        }
        self.request.limit = Limit::new(LONGEST.min(self.n_left)).unwrap_or_default().with_bytes(PAGE_BYTES);
        let page = self.trail.query(self.filter.clone(), self.request).await?;
        self.is_done = page.cursor.is_none();
        self.request.cursor = page.cursor;
        let mut text = with_room_for(&page.events);
        for event in &page.events {
            write(event, &mut text);
        }
        self.n_left = self.n_left.saturating_sub(page.events.len() as u64);
        Ok(Some(room.around(text)))
    }

    /// Where the next page begins.
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        self.request.cursor
    }
}

/// An empty text in one piece, in which these events have room: what grows has twice as much in the end.
pub(crate) fn with_room_for(events: &[StoredEvent]) -> String {
    String::with_capacity(events.iter().map(length).sum())
}

/// About how long an event's text is.
fn length(event: &StoredEvent) -> usize {
    /// Names, ids, times and numbers.
    const REST: usize = 640;
    let texts: usize = event.texts.iter().map(|(_, text)| text.len() + 24).sum();
    REST + texts + event.details.as_deref().map_or(0, str::len)
}

/// What goes into a streamed body; an error breaks it off, so that nobody takes half an answer for a whole one.
pub(crate) type Piece = Result<Bytes, std::io::Error>;

/// A body whose pieces come from elsewhere.
pub(crate) struct Pieces(pub(crate) mpsc::Receiver<Piece>);

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(context)
    }
}

/// A body and where its pieces go in: one waits while one is on its way.
pub(crate) fn streamed() -> (mpsc::Sender<Piece>, Body) {
    let (sender, receiver) = mpsc::channel(1);
    (sender, Body::from_stream(Pieces(receiver)))
}

/// Breaks a body off.
pub(crate) async fn break_off(sender: &mpsc::Sender<Piece>, failure: &Failure) {
    failure.tell();
    let _ = sender.send(Err(std::io::Error::other("broken off"))).await;
}
