//! The table of contents: which path is answered where, and what every request passes on its way there.

use std::sync::Arc;

use axum::routing::get;
use axum::{Router, middleware};

use crate::app::App;
use crate::{api, auth, guards, limits, mcp, metrics, page, ready, trace};

/// All paths of the server.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let identify = || middleware::from_fn_with_state(Arc::clone(app), auth::identify);
    // It needs a credential like the others and no free place: an overloaded server is just the one that somebody wants figures of.
    let figures = Router::new().route("/metrics", get(metrics::fetch).with_state(Arc::clone(app))).layer(identify());
    // A layer is passed before those that stand above it.
    Router::new()
        .merge(api::routes())
        .merge(page::routes())
        .merge(mcp::routes(app))
        .layer(middleware::from_fn_with_state(Arc::clone(app), limits::hold_body))
        .layer(identify())
        .layer(middleware::from_fn_with_state(Arc::clone(app), limits::bounded))
        .merge(figures)
        .merge(api::open_routes())
        .merge(page::open_routes())
        .merge(auth::routes(app))
        .route("/readyz", get(ready::readyz).with_state(Arc::clone(app)))
        .fallback(page::nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(app), guards::check))
        .layer(middleware::from_fn(page::dress))
        .layer(middleware::from_fn(page::guard))
        // Outermost: what is refused further in is counted too.
        .layer(middleware::from_fn_with_state(Arc::clone(app), trace::request))
}
