//! A body that is read whole: one event, an array of them, or the same as CloudEvents.

use annals::{Event, Invalid, Receipt, cloudevents};
use annals_event::json;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::value::RawValue;
use serde_json::{Value, json};

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
pub(in crate::api) const MAX_EVENTS: usize = 10_000;
/// As much as an event and its answer take beside its text.
const EVENT_BYTES: usize = 1_536;

/// What a body holds.
enum Held {
    One(Box<Event>),
    Several(Vec<Event>),
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
    let bytes = body::whole(headers, body, config.max_body_bytes, config.body_timeout).await?;
    let held = {
        let _turn = trail.app().limits.turn_to_read(bytes.len()).await;
        read(&bytes, media)?
    };
    let mut room = Room::default();
    if let Held::Several(events) = &held {
        trail.app().limits.room_for(&mut room, events.len() * EVENT_BYTES)?;
    }
    if let Some(key) = key_of(headers)? {
        return take_once(trail, asked, held, key).await;
    }
    match held {
        Held::One(event) => {
            let receipt = trail.accept(*event)?;
            Ok(answer_one(&climb(&receipt, asked.rung, asked.timeout).await?))
        }
        Held::Several(events) => take_several(trail, asked, events).await,
    }
}

async fn take_several(trail: &Trail, asked: &Asked, events: Vec<Event>) -> Result<Response, Failure> {
    for (n, event) in events.iter().enumerate() {
        trail.check(event).map_err(|failure| at_index(failure, n))?;
    }
    let mut flow = Flow::new(trail, asked.timeout);
    let mut receipts = Vec::with_capacity(events.len());
    for event in events {
        match flow.take(event).await {
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
async fn take_once(trail: &Trail, asked: &Asked, held: Held, key: String) -> Result<Response, Failure> {
    let rung = asked.rung.max(Rung::Durable);
    match held {
        Held::One(event) => {
            let receipts = trail.accept_once(vec![*event], key).await?;
            let receipt = receipts.first().ok_or_else(Failure::busy)?;
            Ok(answer_one(&climb(receipt, rung, asked.timeout).await?))
        }
        Held::Several(events) => {
            for (n, event) in events.iter().enumerate() {
                trail.check(event).map_err(|failure| at_index(failure, n))?;
            }
            let receipts = trail.accept_once(events, key).await?;
            answer_several(&receipts, rung, asked).await
        }
    }
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

fn read(bytes: &[u8], media: Media) -> Result<Held, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let problem = format!("the body is not valid UTF-8 from byte {} on", error.valid_up_to());
        Failure::new(Code::Invalid, problem)
    })?;
    let one: fn(&str) -> Result<Event, Invalid> = match media {
        Media::CloudEvent | Media::CloudEvents => cloudevents::read,
        Media::Json | Media::Lines | Media::Batch => json::from_object,
    };
    let is_array = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('[');
    match media {
        Media::CloudEvents if !is_array => Err(Failure::new(Code::Invalid, "a batch of CloudEvents is an array")
            .with_hint("one CloudEvent is `application/cloudevents+json`")),
        Media::CloudEvents | Media::Json if is_array => several(text, one).map(Held::Several),
        _ if MAX_LINE_BYTES < text.len() => {
            Err(Failure::new(Code::TooLarge, format!("the event is longer than {MAX_LINE_BYTES} bytes"))
                .with_hint("keep the size and a digest instead of the content"))
        }
        _ => Ok(Held::One(Box::new(one(text)?))),
    }
}

fn several(text: &str, one: fn(&str) -> Result<Event, Invalid>) -> Result<Vec<Event>, Failure> {
    let elements = elements(text.trim_start_matches('\u{feff}'))?;
    if elements.is_empty() {
        return Err(Failure::new(Code::Invalid, "the array is empty").with_hint("give at least one event"));
    }
    let read = |(n, element): (usize, &&RawValue)| one(element.get()).map_err(|invalid| at_index(invalid.into(), n));
    elements.iter().enumerate().map(read).collect()
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
