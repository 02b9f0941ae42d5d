//! Answers that are given without a request having been read: there is no room, or its head doesn't come to an end.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use axum::response::IntoResponse;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::socket;
use crate::failure::{Code, Failure};

/// How long somebody who is turned away is heard out, so that their answer isn't lost in a reset.
const LINGER: Duration = Duration::from_millis(500);

/// Turns a client away since all connections are at work. At most so many at once as `places` has: the next ones are closed without a word.
pub(crate) fn turn_away(stream: TcpStream, places: &Arc<Semaphore>) {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        tokio::spawn(async move {
            answer(stream, Failure::new(Code::Overloaded, "the server has no connection left")).await;
            drop(place);
        });
    }
}

/// Writes an answer, and closes.
pub(super) async fn answer(mut stream: TcpStream, failure: Failure) {
    let text = text(failure).await;
    // A fresh socket takes it at once.
    let written = tokio::time::timeout(LINGER, stream.write_all(&text)).await;
    if matches!(written, Ok(Ok(()))) {
        socket::close(stream, LINGER).await;
    }
}

/// The answer as it goes over the wire.
async fn text(failure: Failure) -> Vec<u8> {
    let (parts, body) = failure.into_response().into_parts();
    let body = axum::body::to_bytes(body, 64 << 10).await.unwrap_or_default();
    let mut text =
        format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: {}\r\n", parts.status, body.len()).into_bytes();
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(&body);
    text
}
