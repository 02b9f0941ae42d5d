//! The body of a request, piece by piece or whole, and never longer than it may be.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, header};

use crate::failure::{Code, Failure};

/// The next piece of the body; `None` at its end. A client that sends nothing for so long, or goes away, is a failure.
pub(crate) async fn next_piece(body: &mut Body, idle: Duration) -> Result<Option<Bytes>, Failure> {
    loop {
        let frame = tokio::time::timeout(idle, poll_fn(|context| Pin::new(&mut *body).poll_frame(context)))
            .await
            .map_err(|_| Failure::new(Code::SlowClient, "the body stopped coming"))?;
        match frame {
            None => return Ok(None),
            // Trailers mean nothing here.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(error)) => {
                return Err(Failure::new(Code::Invalid, "the body ended before its end").with_log(error.to_string()));
            }
        }
    }
}

/// What to do instead of sending many events in one body.
pub(crate) const SEND_LINES: &str = "send events as `application/x-ndjson`, whose body may be of any length";

/// All of the body, which may be so long; a longer one is refused before more of it is read.
pub(crate) async fn whole(
    headers: &HeaderMap,
    mut body: Body,
    max_bytes: usize,
    idle: Duration,
    hint: &'static str,
) -> Result<Bytes, Failure> {
    let too_large =
        || Failure::new(Code::TooLarge, format!("the body is longer than {max_bytes} bytes")).with_hint(hint);
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|announced| usize::try_from(announced).map_or(true, |announced| max_bytes < announced)) {
        return Err(too_large());
    }
    let Some(first) = next_piece(&mut body, idle).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() && first.len() <= max_bytes {
        // It was taken into memory before, and counted there: a copy would be twice as much as was counted.
        return Ok(first);
    }
    let mut all = Vec::from(first);
    while let Some(piece) = next_piece(&mut body, idle).await? {
        if max_bytes < all.len() + piece.len() {
            return Err(too_large());
        }
        all.extend_from_slice(&piece);
    }
    if max_bytes < all.len() { Err(too_large()) } else { Ok(all.into()) }
}
