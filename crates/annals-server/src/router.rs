//! The table of contents: which path is answered where, and what every request passes on its way there.

use std::sync::Arc;

use annals::Caller;
use axum::routing::get;
use axum::{Router, middleware};

use crate::app::App;
use crate::{api, auth, guards, limits, mcp, page, ready};

/// All paths of the server.
pub(crate) fn router(app: &Arc<App>, nobody: Arc<Caller>) -> Router {
    // A layer is passed before those that stand above it.
    Router::new()
        .merge(api::routes())
        .merge(page::routes())
        .merge(mcp::routes(app))
        .layer(middleware::from_fn_with_state(Arc::clone(app), limits::hold_body))
        .layer(middleware::from_fn_with_state((Arc::clone(app), nobody), auth::identify))
        .layer(middleware::from_fn_with_state(Arc::clone(app), limits::bounded))
        .merge(api::open_routes())
        .merge(page::open_routes())
        .route("/readyz", get(ready::readyz).with_state(Arc::clone(app)))
        .fallback(page::nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(app), guards::check))
        .layer(middleware::from_fn(page::dress))
        .layer(middleware::from_fn(page::guard))
}
