//! `GET /export.ndjson` and `GET /export.csv`: all that the filter of a view shows, as a file that streams.
//!
//! The HTTP interface gives the same lines to whoever asks for them in a header; a link cannot, and so has a path.

use annals::{Order, StoredEvent};
use annals_ask::{Question, csv_line, field_names, fields};
use axum::Extension;
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Zoned;

use super::filters::Pairs;
use crate::api::pages::{Pages, break_off, streamed};
use crate::failure::Failure;
use crate::trail::Trail;

/// One JSON object a line.
pub(crate) async fn ndjson(
    Extension(trail): Extension<Trail>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Failure> {
    let asked = read(&pairs)?;
    let write = |event: &StoredEvent, text: &mut String| {
        annals_event::json::write(event, text);
        text.push('\n');
    };
    stream(trail, asked, ("application/x-ndjson", "events.ndjson"), String::new(), write).await
}

/// A head and one row an event, every column.
pub(crate) async fn csv(Extension(trail): Extension<Trail>, Query(pairs): Query<Pairs>) -> Result<Response, Failure> {
    let asked = read(&pairs)?;
    let order = asked.page.order;
    let head = csv_line(field_names()) + "\n";
    let write = move |event: &StoredEvent, text: &mut String| write_row(event, order, text);
    stream(trail, asked, ("text/csv; charset=utf-8", "events.csv"), head, write).await
}

fn write_row(event: &StoredEvent, order: Order, text: &mut String) {
    let fields = fields(event, order);
    text.push_str(&csv_line(fields.iter().map(|(_, text)| text.as_deref().unwrap_or_default())));
    text.push('\n');
}

fn read(pairs: &[(String, String)]) -> Result<Question, Failure> {
    Ok(Question::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &Zoned::now())?)
}

async fn stream(
    trail: Trail,
    asked: Question,
    (media_type, name): (&'static str, &'static str),
    head: String,
    write: impl Fn(&StoredEvent, &mut String) + Clone + Send + Sync + 'static,
) -> Result<Response, Failure> {
    let n_at_most = asked.value("limit").map(|_| asked.page.limit.get() as u64);
    let mut pages = Pages::new(trail, asked.filter, asked.page, n_at_most);
    // The first page before the answer begins: what is wrong with the question is told as such.
    let first = pages.first(write.clone()).await?;
    let (sender, body) = streamed();
    tokio::spawn(async move {
        if !head.is_empty() && sender.send(Ok(head.into())).await.is_err() {
            return;
        }
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
            text = pages.next(write.clone()).await;
        }
    });
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)], body)
        .into_response())
}
