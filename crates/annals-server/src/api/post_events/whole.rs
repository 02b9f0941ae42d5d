//! A body that is read whole: one event, an array of them, or the same as CloudEvents.

use annals::{Event, Invalid, Receipt, cloudevents};
use annals_event::json;
use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::asked::{Asked, Media};
use super::lines::MAX_LINE_BYTES;
use super::{answer, answer_one};
use crate::api::body;
use crate::failure::{Code, Failure};
use crate::flow::Flow;
use crate::ladder::{Rung, climb};
use crate::limits::Room;
use crate::trail::Trail;

/// The most events of one array: each takes as much room in memory as its text and some hundred bytes more until it is answered for.
const MAX_EVENTS: usize = 10_000;
/// As much as an event and its answer take beside its text.
const EVENT_BYTES: usize = 1_536;
/// After so much text in one go, other requests get their turn.
const BREATH_BYTES: usize = 64 << 10;

/// Reads one event from its text.
type ReadOne = fn(&str) -> Result<Event, Invalid>;

/// What a body holds. Of several events there is only their text: as objects they may be thirty times as large, and all of them wait for the last.
enum Held<'b> {
    One(Box<Event>),
    Several(Vec<&'b RawValue>, ReadOne),
}

/// Takes all of the body's events or, where one of them is wrong, none.
pub(super) async fn take(
    trail: &Trail,
    asked: &Asked,
    media: Media,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let config = &trail.app().config;
    let bytes = body::whole(headers, body, config.max_body_bytes, config.body_timeout, body::SEND_LINES).await?;
    if let Some(key) = key_of(headers)? {
        return take_once(trail, asked, media, bytes, key).await;
    }
    let receipt = {
        let turn = trail.app().limits.turn_to_read(bytes.len()).await;
        match read(&bytes, media)? {
            Held::One(event) => trail.accept(*event)?,
            Held::Several(elements, one) => {
                drop(turn);
                return take_several(trail, asked, &elements, one).await;
            }
        }
    };
    // It waits without its text.
    drop(bytes);
    Ok(answer_one(&climb(&receipt, asked.rung, asked.timeout).await?))
}

async fn take_several(trail: &Trail, asked: &Asked, elements: &[&RawValue], one: ReadOne) -> Result<Response, Failure> {
    let mut room = Room::default();
    trail.app().limits.room_for(&mut room, elements.len() * EVENT_BYTES)?;
    let mut breath = Breath::default();
    for (n, element) in elements.iter().enumerate() {
        let text = element.get();
        breath.before(text).await;
        let _turn = trail.app().limits.turn_to_read(text.len()).await;
        let event = one_of(text, one).map_err(|failure| at_index(failure, n))?;
        trail.check(&event).map_err(|failure| at_index(failure, n))?;
    }
    let mut flow = Flow::new(trail, asked.timeout);
    let mut receipts = Vec::with_capacity(elements.len());
    for element in elements {
        let text = element.get();
        breath.before(text).await;
        match flow.take(text.len(), || one_of(text, one)).await {
            Ok(receipt) => receipts.push(receipt),
            Err(failure) => {
                let ids: Vec<Value> = receipts.iter().map(|receipt| receipt.id().to_string().into()).collect();
                let members = [("n_accepted".to_owned(), ids.len().into()), ("accepted_ids".to_owned(), ids.into())];
                return Err(failure.with_members(members));
            }
        }
    }
    answer_several(&receipts, asked.rung, asked).await
}

/// Lets other requests have their turn now and then, so that whoever is refused need not wait for the end of a long body.
#[derive(Default)]
struct Breath {
    n_bytes: usize,
}

impl Breath {
    /// Before so much text is read.
    async fn before(&mut self, text: &str) {
        self.n_bytes += text.len();
        if BREATH_BYTES < self.n_bytes {
            self.n_bytes = text.len();
            tokio::task::yield_now().await;
        }
    }
}

/// The answer to several events once all of them have come so far.
async fn answer_several(receipts: &[Receipt], rung: Rung, asked: &Asked) -> Result<Response, Failure> {
    let mut answered = Vec::with_capacity(receipts.len());
    let deadline = tokio::time::Instant::now() + asked.timeout;
    for receipt in receipts {
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        let reached = climb(receipt, rung, left).await.map_err(|failure| {
            let ids: Vec<Value> = receipts.iter().map(|receipt| receipt.id().to_string().into()).collect();
            failure.with_members([("n_accepted".to_owned(), ids.len().into()), ("accepted_ids".to_owned(), ids.into())])
        })?;
        answered.push(Value::Object(reached.members()));
    }
    Ok(answer(rung, &json!({ "state": rung.as_str(), "n_accepted": answered.len(), "events": answered })))
}

/// The same under a name: recorded once, and durable when it is answered.
async fn take_once(trail: &Trail, asked: &Asked, media: Media, bytes: Bytes, key: String) -> Result<Response, Failure> {
    let rung = asked.rung.max(Rung::Durable);
    let turn = trail.app().limits.turn_to_hold(bytes.len()).await;
    let (events, is_one) = match read(&bytes, media)? {
        Held::One(event) => (vec![*event], true),
        Held::Several(elements, one) => (all_of(trail, &elements, one)?, false),
    };
    drop(bytes);
    let mut room = Room::default();
    trail.app().limits.room_for(&mut room, events.len() * EVENT_BYTES)?;
    let receipts = trail.accept_once(Turned { events, _turn: turn }, key).await?;
    if is_one {
        let receipt = receipts.first().ok_or_else(Failure::busy)?;
        return Ok(answer_one(&climb(receipt, rung, asked.timeout).await?));
    }
    answer_several(&receipts, rung, asked).await
}

/// Events with the turn that they take, also where the client goes away before they are recorded.
struct Turned {
    events: Vec<Event>,
    _turn: Option<OwnedSemaphorePermit>,
}

impl AsRef<[Event]> for Turned {
    fn as_ref(&self) -> &[Event] {
        &self.events
    }
}

/// All of an array's events, each of which would be taken.
fn all_of(trail: &Trail, elements: &[&RawValue], one: ReadOne) -> Result<Vec<Event>, Failure> {
    let read = |(n, element): (usize, &&RawValue)| {
        let event = one_of(element.get(), one).map_err(|failure| at_index(failure, n))?;
        trail.check(&event).map_err(|failure| at_index(failure, n))?;
        Ok(event)
    };
    elements.iter().enumerate().map(read).collect()
}

/// What the client calls its request, if it does.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut said = headers.get_all("idempotency-key").iter();
    let wrong = || {
        Failure::new(Code::Invalid, "must be one name of 1 to 200 characters of ASCII without blanks")
            .at("idempotency-key")
            .with_hint("a UUID is one")
    };
    match (said.next(), said.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => key.to_str().map(|key| Some(key.to_owned())).map_err(|_| wrong()),
        (Some(_), Some(_)) => Err(wrong()),
    }
}

fn read(bytes: &[u8], media: Media) -> Result<Held<'_>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let problem = format!("the body is not valid UTF-8 from byte {} on", error.valid_up_to());
        Failure::new(Code::Invalid, problem)
    })?;
    let one: ReadOne = match media {
        Media::CloudEvent | Media::CloudEvents => cloudevents::read,
        Media::Json | Media::Lines | Media::Batch => json::from_object,
    };
    let is_array = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('[');
    match media {
        Media::CloudEvents if !is_array => Err(Failure::new(Code::Invalid, "a batch of CloudEvents is an array")
            .with_hint("one CloudEvent is `application/cloudevents+json`")),
        Media::CloudEvents | Media::Json if is_array => Ok(Held::Several(several(text)?, one)),
        _ => Ok(Held::One(Box::new(one_of(text, one)?))),
    }
}

/// One event, which is no longer than one may be wherever it stands.
fn one_of(text: &str, one: ReadOne) -> Result<Event, Failure> {
    if MAX_LINE_BYTES < text.len() {
        return Err(Failure::new(Code::TooLarge, format!("the event is longer than {MAX_LINE_BYTES} bytes"))
            .with_hint("keep the size and a digest instead of the content"));
    }
    Ok(one(text)?)
}

fn several(text: &str) -> Result<Vec<&RawValue>, Failure> {
    let elements = elements(text.trim_start_matches('\u{feff}'))?;
    if elements.is_empty() {
        return Err(Failure::new(Code::Invalid, "the array is empty").with_hint("give at least one event"));
    }
    Ok(elements)
}

/// The elements' own text, so that each is read as strictly as one that stands alone. They are taken one by one, since an array of millions of nothings would take more than its text.
fn elements(text: &str) -> Result<Vec<&RawValue>, Failure> {
    let whole: &RawValue = serde_json::from_str(text)
        .map_err(|error| Failure::new(Code::Invalid, format!("the body is not a JSON array: {error}")))?;
    let mut elements = Vec::new();
    let mut rest = whole.get().get(1..).unwrap_or_default();
    loop {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        // The text is one array, so that all but the bracket at its end is an element.
        let Some(Ok(element)) = stream.next() else { return Ok(elements) };
        if elements.len() == MAX_EVENTS {
            return Err(Failure::new(Code::TooLarge, format!("the array has more than {MAX_EVENTS} events"))
                .with_hint("send events as `application/x-ndjson`, whose body may be of any length"));
        }
        elements.push(element);
        rest = rest.get(stream.byte_offset()..).unwrap_or_default().trim_start().trim_start_matches(',');
    }
}

/// A failure of one event among several.
fn at_index(failure: Failure, n: usize) -> Failure {
    let failure = failure.with_members([("index".to_owned(), n.into()), ("n_accepted".to_owned(), 0.into())]);
    match failure.field().map(|field| format!("[{n}].{field}")) {
        Some(field) => failure.at(field),
        None => failure.at(format!("[{n}]")),
    }
}
