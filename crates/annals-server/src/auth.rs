//! Who is calling: from a request to a [`Caller`], or to a refusal.

use std::sync::Arc;

use annals::Caller;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::trail::Trail;

/// Puts the caller's [`Trail`] into the request.
pub(crate) async fn identify(
    State((app, nobody)): State<(Arc<App>, Arc<Caller>)>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(Trail::new(app, nobody));
    next.run(request).await
}
