//! Who is calling: from a request to a [`Caller`], or to a refusal.

use std::sync::Arc;

use annals::Caller;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::trace::{self, TraceContext};
use crate::trail::Trail;

/// Puts the caller's [`Trail`] into the request.
pub(crate) async fn identify(
    State((app, nobody)): State<(Arc<App>, Arc<Caller>)>,
    mut request: Request,
    next: Next,
) -> Response {
    trace::asked_by(nobody.credential());
    let context = request.extensions().get::<TraceContext>().cloned().unwrap_or_default();
    request.extensions_mut().insert(Trail::new(app, nobody).within(context));
    next.run(request).await
}
