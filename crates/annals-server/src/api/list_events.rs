//! `GET /v1/events`: the events that fit the parameters of [`annals_ask::Question`], a page at a time or all in one stream.

use std::fmt::Write;

use annals::{Page, StoredEvent, cloudevents};
use annals_ask::Question;
use axum::Extension;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Zoned;

use super::accept;
use super::pages::{Pages, break_off, streamed, with_room_for};
use crate::failure::Failure;
use crate::trail::Trail;

/// The kinds of answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Page,
    Lines,
    CloudEvents,
}

/// The media type of lines.
pub(crate) const LINES: &str = "application/x-ndjson";
/// The media type of an array of CloudEvents.
const CLOUD_EVENTS: &str = "application/cloudevents-batch+json";

/// A page as `{"events":[…],"cursor":"…","examined_to":…}` or as CloudEvents, or all that fits as lines.
pub(crate) async fn list_events(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let offers = [("application/json", Shape::Page), (LINES, Shape::Lines), (CLOUD_EVENTS, Shape::CloudEvents)];
    let shape = accept::choose(&headers, &offers)?;
    let asked = Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &Zoned::now())?;
    match shape {
        Shape::Page => {
            let _turn = trail.app().limits.turn_to_answer(asked.page.limit).await;
            let page = trail.query(asked.filter, asked.page).await?;
            Ok(([(header::CONTENT_TYPE, "application/json")], page_of(&page)).into_response())
        }
        Shape::CloudEvents => {
            let source = trail.source().await?;
            let _turn = trail.app().limits.turn_to_answer(asked.page.limit).await;
            let page = trail.query(asked.filter.clone(), asked.page).await?;
            let mut body = with_room_for(&page.events);
            body.push('[');
            list(&page.events, &mut body, |event, body| cloudevents::write(event, &source, body));
            body.push(']');
            let mut response = ([(header::CONTENT_TYPE, CLOUD_EVENTS)], body).into_response();
            if let Some(cursor) = page.cursor {
                let cursor = cursor.to_string();
                let next = asked.query_with(&[("cursor", Some(&cursor))]);
                if let Ok(link) = HeaderValue::from_str(&format!("</v1/events?{next}>; rel=\"next\"")) {
                    response.headers_mut().insert(header::LINK, link);
                }
            }
            Ok(response)
        }
        Shape::Lines => {
            let n_at_most = asked.value("limit").map(|_| asked.page.limit.get() as u64);
            let mut pages = Pages::new(trail, asked.filter, asked.page, n_at_most);
            // The first page before the answer begins: what is wrong with the question is told as such.
            let first = pages.first(write_line).await?;
            let (sender, body) = streamed();
            tokio::spawn(async move {
                let mut text = Ok(first);
                loop {
                    match text {
                        Ok(None) => return,
                        Ok(Some(text)) if text.is_empty() => {}
                        Ok(Some(text)) => {
                            if sender.send(Ok(text)).await.is_err() {
                                // The reader went away.
                                return;
                            }
                        }
                        Err(failure) => return break_off(&sender, &failure).await,
                    }
                    text = pages.next(write_line).await;
                }
            });
            Ok(([(header::CONTENT_TYPE, LINES)], body).into_response())
        }
    }
}

fn write_line(event: &StoredEvent, text: &mut String) {
    annals_event::json::write(event, text);
    text.push('\n');
}

fn page_of(page: &Page) -> String {
    let mut body = with_room_for(&page.events);
    body.push_str("{\"events\":[");
    list(&page.events, &mut body, annals_event::json::write);
    body.push(']');
    if let Some(cursor) = page.cursor {
        let _ = write!(body, ",\"cursor\":\"{cursor}\"");
    }
    if let Some(examined_to) = page.examined_to {
        let _ = write!(body, ",\"examined_to\":{examined_to}");
    }
    body.push('}');
    body
}

fn list(events: &[StoredEvent], body: &mut String, write: impl Fn(&StoredEvent, &mut String)) {
    for (n, event) in events.iter().enumerate() {
        if n != 0 {
            body.push(',');
        }
        write(event, body);
    }
}
