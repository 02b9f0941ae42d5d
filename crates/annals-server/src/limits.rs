//! How much is taken at once: requests at work, streams, bytes of bodies in memory, of answers too, and time.
//!
//! Whatever is over a limit is answered at once, 503 with the time after which to try again, and never waits in a line that nobody sees. What streams is under no limit of time, since
//! it lives from being long; it is counted by itself, so that open streams don't take the places of short requests.

mod kept;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use annals::Limit;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use self::kept::Kept;
use crate::api::body::{SEND_LINES, next_piece};
use crate::app::App;
use crate::config::Config;
use crate::failure::{Code, Failure};

/// What the handlers keep for their own answer when the time is over: they know better what came of the request.
const GRACE: Duration = Duration::from_secs(5);
/// Bodies up to here are not counted: as many as there may be requests are no burden.
const SMALL_BYTES: usize = 64 << 10;
/// How much text of long bodies is read into objects at once, in KiB: as objects, two bytes of text may become sixty-four.
const READ_KIB: u32 = 1 << 10;
/// How much of long answers is read from the database and made into text at once, in KiB: a page is there twice meanwhile, and more threads read than write.
const PAGES_AT_WORK_KIB: usize = 6 << 10;
/// How many answers over MCP that may be long are made at once. Such an answer is half a mebibyte at the most and in memory many times while it is made; more of them at once are not sooner
/// done either.
const LONG_ANSWERS: usize = 4;
/// How much of streamed answers may wait for their readers, in KiB, and how much of that a page takes: whoever finds no room waits, since streams have no hurry.
const PAGES_KIB: usize = 24 << 10;
const PAGE_KIB: u32 = 96;
/// Bodies that are under no limit of time.
const STREAMED_IN: [&str; 2] = [LINES, "application/vnd.annals.batch+ndjson"];
/// The one of them that is read as it comes.
const LINES: &str = "application/x-ndjson";
/// Answers that go on for as long as the client likes.
const STREAMED_OUT: [&str; 2] = ["application/x-ndjson", "text/event-stream"];

/// What is left of each.
#[derive(Debug)]
pub(crate) struct Limits {
    requests: Semaphore,
    streams: Arc<Semaphore>,
    max_streams: usize,
    body_kib: Arc<Semaphore>,
    read_kib: Arc<Semaphore>,
    object_kib: Arc<Semaphore>,
    at_work_kib: Arc<Semaphore>,
    long_answers: Arc<Semaphore>,
    pages_kib: Arc<Semaphore>,
}

impl Limits {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            requests: Semaphore::new(config.max_requests),
            streams: Arc::new(Semaphore::new(config.max_streams)),
            max_streams: config.max_streams,
            body_kib: Arc::new(Semaphore::new(config.body_memory_bytes >> 10)),
            read_kib: Arc::new(Semaphore::new(READ_KIB as usize)),
            object_kib: Arc::new(Semaphore::new(READ_KIB as usize)),
            long_answers: Arc::new(Semaphore::new(LONG_ANSWERS)),
            at_work_kib: Arc::new(Semaphore::new(PAGES_AT_WORK_KIB)),
            pages_kib: Arc::new(Semaphore::new(PAGES_KIB)),
        }
    }

    /// How many streams are open.
    pub(crate) fn n_streams(&self) -> usize {
        self.max_streams.saturating_sub(self.streams.available_permits())
    }

    /// Refuses a body before a byte of it is read, where there is no room for as much as it announces. It gets none for the announcement, which costs its client nothing.
    fn may_come(&self, announced: usize) -> Result<(), Failure> {
        if SMALL_BYTES < announced && self.body_kib.available_permits() < announced >> 10 {
            return Err(no_room());
        }
        Ok(())
    }

    /// Takes as much of what all bodies may have as these bytes need, or more: what has begun to be long gets room in steps. What is short needs none.
    pub(crate) fn room_for(&self, room: &mut Room, n_bytes: usize) -> Result<(), Failure> {
        if n_bytes <= SMALL_BYTES {
            return Ok(());
        }
        let has = room.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let needs = n_bytes.div_ceil(256 << 10) * 256;
        let more = u32::try_from(needs.saturating_sub(has)).unwrap_or(u32::MAX);
        if more == 0 {
            return Ok(());
        }
        let taken = Arc::clone(&self.body_kib).try_acquire_many_owned(more).map_err(|_| no_room())?;
        match &mut room.0 {
            Some(places) => places.merge(taken),
            None => room.0 = Some(taken),
        }
        Ok(())
    }

    /// A turn to read so much text into objects, which is kept for as long as they are there. What is short waits for nobody.
    pub(crate) async fn turn_to_read(&self, n_bytes: usize) -> Option<OwnedSemaphorePermit> {
        turn(&self.read_kib, n_bytes).await
    }

    /// The same for objects that stay while the database is waited for, so that they keep nobody from reading for a moment.
    pub(crate) async fn turn_to_hold(&self, n_bytes: usize) -> Option<OwnedSemaphorePermit> {
        turn(&self.object_kib, n_bytes).await
    }

    /// A turn to read a page of up to so many bytes and to make an answer of it, which is kept until that is there.
    pub(crate) async fn turn_to_answer(&self, limit: Limit) -> Option<OwnedSemaphorePermit> {
        turn(&self.at_work_kib, limit.n_bytes().min(limit.get().saturating_mul(SMALL_BYTES))).await
    }

    /// A place among those who make an answer over MCP that may be long, which is kept until it is there.
    pub(crate) async fn place_for_long_answer(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.long_answers).acquire_owned().await.ok()
    }

    /// Room for one more page of a streamed answer, to be taken before the page is read.
    pub(crate) async fn room_for_page(&self) -> Room {
        Room(Arc::clone(&self.pages_kib).acquire_many_owned(PAGE_KIB).await.ok())
    }

    /// The same for the first page, or an error where there is no room now.
    pub(crate) fn room_for_first_page(&self) -> Result<Room, Failure> {
        Arc::clone(&self.pages_kib)
            .try_acquire_many_owned(PAGE_KIB)
            .map(|room| Room(Some(room)))
            .map_err(|_| Failure::new(Code::Overloaded, "the pages of other streams fill the server's memory for them"))
    }

    fn stream(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.streams)
            .try_acquire_owned()
            .map_err(|_| Failure::new(Code::Overloaded, "as many streams are open as the server has"))
    }
}

fn no_room() -> Failure {
    Failure::new(Code::Overloaded, "the bodies of other requests fill the server's memory for them")
}

async fn turn(kib: &Arc<Semaphore>, n_bytes: usize) -> Option<OwnedSemaphorePermit> {
    if n_bytes <= SMALL_BYTES {
        return None;
    }
    let n_kib = u32::try_from(n_bytes >> 10).unwrap_or(READ_KIB).min(READ_KIB);
    Arc::clone(kib).acquire_many_owned(n_kib).await.ok()
}

/// Runs a request within the limits of number and time.
pub(crate) async fn bounded(
    app: &App,
    request: Request,
    run: impl AsyncFnOnce(Request) -> Result<Response, Failure>,
) -> Result<Response, Failure> {
    let response = if is_any(request.headers(), &STREAMED_IN) {
        let _place = app.limits.stream()?;
        run(request).await?
    } else {
        let _place = app
            .limits
            .requests
            .try_acquire()
            .map_err(|_| Failure::new(Code::Overloaded, "as many requests are at work as the server takes"))?;
        let limit = app.config.request_timeout + GRACE;
        tokio::time::timeout(limit, run(request))
            .await
            .map_err(|_| Failure::new(Code::Timeout, "the request took too long; what was accepted stays accepted"))??
    };
    if is_any(response.headers(), &STREAMED_OUT) {
        let place = app.limits.stream()?;
        return Ok(response.map(|body| Body::new(Counted { body, _place: place })));
    }
    hold_answer(app, response).await
}

/// Counts an answer that is long among the bodies in memory, until its client has taken all of it: whoever reads slowly keeps what it was sent here.
async fn hold_answer(app: &App, response: Response) -> Result<Response, Failure> {
    let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
    let Some(length) = length.filter(|length| SMALL_BYTES < *length) else { return Ok(response) };
    let mut room = Room::default();
    app.limits.room_for(&mut room, length)?;
    let (parts, body) = response.into_parts();
    // It is in one piece already, and nothing is copied.
    let bytes = axum::body::to_bytes(body, length).await.map_err(|error| Failure::panicked(&error))?;
    Ok(Response::from_parts(parts, Body::from(room.around(bytes))))
}

/// Takes a body that is not streamed into memory before its handler runs: within its length, its pace, and what all of them may have.
pub(crate) async fn hold_body(app: &App, request: Request) -> Result<Request, Failure> {
    if request.body().is_end_stream() || is_any(request.headers(), &[LINES]) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let body = held(app, &parts.headers, body).await?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

async fn held(app: &App, headers: &HeaderMap, mut body: Body) -> Result<Bytes, Failure> {
    let max_bytes = app.config.max_body_bytes;
    let too_large =
        || Failure::new(Code::TooLarge, format!("the body is longer than {max_bytes} bytes")).with_hint(SEND_LINES);
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let announced = announced.map(|announced| usize::try_from(announced).unwrap_or(usize::MAX));
    if announced.is_some_and(|announced| max_bytes < announced) {
        return Err(too_large());
    }
    app.limits.may_come(announced.unwrap_or_default())?;
    let Some(first) = next_piece(&mut body, app.config.body_timeout).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() && first.len() <= max_bytes {
        return Ok(first);
    }
    let mut all = Kept::new(first, announced.unwrap_or(max_bytes));
    let mut room = Room::default();
    while let Some(piece) = next_piece(&mut body, app.config.body_timeout).await? {
        if max_bytes < all.len() + piece.len() {
            return Err(too_large());
        }
        app.limits.room_for(&mut room, all.len() + piece.len())?;
        all.extend(&piece)?;
    }
    Ok(room.around(all))
}

/// Whether the media type is one of these.
fn is_any(headers: &HeaderMap, types: &[&str]) -> bool {
    let Some(given) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = given.split(';').next().unwrap_or_default().trim();
    types.iter().any(|known| known.eq_ignore_ascii_case(essence))
}

/// What something takes of the memory for bodies, given back when this is dropped.
#[derive(Default)]
pub(crate) struct Room(Option<OwnedSemaphorePermit>);

impl Room {
    /// These bytes, with which the room is given back.
    pub(crate) fn around(self, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(Held { bytes, _room: self })
    }
}

/// A long body, and the room that it takes.
struct Held<B> {
    bytes: B,
    _room: Room,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Held<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

/// A stream's body, and its place among the streams.
struct Counted {
    body: Body,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
