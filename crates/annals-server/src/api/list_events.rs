//! `GET /v1/events`: one page of events, by the parameters of [`annals_ask::Question`].

use std::fmt::Write;

use annals_ask::Question;
use axum::Extension;
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Zoned;

use crate::failure::Failure;
use crate::trail::Trail;

/// One page, as `{"events":[…],"cursor":"…","examined_to":…}`.
pub(crate) async fn list_events(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let asked = Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &Zoned::now())?;
    let page = trail.query(asked.filter, asked.page).await?;
    let mut body = String::from("{\"events\":[");
    for (n, event) in page.events.iter().enumerate() {
        if n != 0 {
            body.push(',');
        }
        annals_event::json::write(event, &mut body);
    }
    body.push(']');
    if let Some(cursor) = page.cursor {
        let _ = write!(body, ",\"cursor\":\"{cursor}\"");
    }
    if let Some(examined_to) = page.examined_to {
        let _ = write!(body, ",\"examined_to\":{examined_to}");
    }
    body.push('}');
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
