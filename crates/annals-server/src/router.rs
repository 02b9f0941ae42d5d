//! The table of contents: which path is answered where, and what every request passes on its way there.

use std::sync::Arc;

use axum::routing::get;
use axum::{Router, middleware};

use crate::app::App;
use crate::{api, auth, mcp, metrics, page, passage, ready};

/// All paths of the server.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let figures = Router::new()
        .route("/metrics", get(metrics::fetch).with_state(Arc::clone(app)))
        .layer(middleware::from_fn_with_state(Arc::clone(app), passage::known));
    Router::new()
        .merge(api::routes())
        .merge(page::routes())
        .merge(mcp::routes(app))
        .layer(middleware::from_fn_with_state(Arc::clone(app), passage::within))
        .merge(figures)
        .merge(api::open_routes())
        .merge(page::open_routes())
        .merge(auth::routes(app))
        .route("/readyz", get(ready::readyz).with_state(Arc::clone(app)))
        .fallback(page::nowhere)
        .method_not_allowed_fallback(page::not_so)
        .layer(middleware::from_fn_with_state(Arc::clone(app), passage::around))
}
