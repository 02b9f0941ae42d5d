//! `GET /log/checkpoint` and `GET /log/tile/…`: the log's tree, as <https://c2sp.org/tlog-tiles> says.
//!
//! The tree is one for all spaces, and what is served of it holds no content: hashes, and leaves whose groups are commitments. What an entry shows in clear, such as an event's type
//! and space, is shown to those alone of whose space all events of the file are.

use annals::LogFileKind;
use axum::Extension;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::failure::{Code, Failure};
use crate::trail::Trail;

/// Any file of the log.
pub(crate) async fn log_file(
    Extension(trail): Extension<Trail>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let path = path.map_or_else(|_| String::new(), |Path(path)| path);
    let is_checkpoint = path == "checkpoint";
    let found = trail.log_file(path).await?;
    let Some(file) = found else {
        let failure = Failure::new(Code::NotFound, "the log has no such file");
        return Err(if is_checkpoint { failure.with_hint("nothing is sealed yet") } else { failure });
    };
    let (media_type, caching) = match file.kind {
        LogFileKind::Checkpoint => ("text/plain; charset=utf-8", "no-cache"),
        // Behind a credential, so not in caches that others share.
        _ => ("application/octet-stream", "private, max-age=31536000, immutable"),
    };
    Ok(([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, caching)], file.bytes).into_response())
}
