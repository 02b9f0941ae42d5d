//! What a request passes on its way in and its answer on its way out, in two pieces: one around every path, and one before what needs a place, a caller and a body.
//!
//! Each of them could be a layer of its own. But axum makes of a layer a service, clones it for each request together with all that lie within, and keeps it on the heap: seven of them
//! cost a small request more than all that it is for. So the parts are functions, called here in the order in which they count.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::failure::Failure;
use crate::trace::Told;
use crate::{auth, guards, limits, page};

/// Around every path: what is told of a request, where it may come from, and what a browser must not do with its answer. Outermost, so that what is refused further in is told too.
pub(crate) async fn around(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let told = Told::of(&app, &mut request);
    let is_for_people = page::is_for_people(request.headers());
    let answer = match guards::check(&app, &request) {
        Ok(()) => told.during(next.run(request)).await,
        Err(failure) => turned_back(failure),
    };
    let mut answer = if is_for_people { page::dress(answer).await } else { answer };
    page::guard(&mut answer);
    told.answered(&app, answer.status());
    answer
}

/// The answer to a request that is not let in. Its connection ends with it: where the next request begins may be just what somebody wants to blur.
fn turned_back(failure: Failure) -> Response {
    let mut answer = failure.into_response();
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Before what is for callers: a free place, a credential, and the body as a whole.
pub(crate) async fn within(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let answer = limits::bounded(&app, request, async |mut request| {
        auth::identify(&app, &mut request)?;
        Ok(next.run(limits::hold_body(&app, request).await?).await)
    });
    answer.await.unwrap_or_else(IntoResponse::into_response)
}

/// Before the figures: a credential alone, since an overloaded server is just the one that somebody wants figures of.
pub(crate) async fn known(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response, Failure> {
    auth::identify(&app, &mut request)?;
    Ok(next.run(request).await)
}
