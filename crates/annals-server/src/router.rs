//! The table of contents: which path is answered where.

use std::sync::Arc;

use annals::Caller;
use axum::{Router, middleware};

use crate::app::App;
use crate::{api, auth, page};

/// All paths of the server.
pub(crate) fn router(app: &Arc<App>, nobody: Arc<Caller>) -> Router {
    Router::new()
        .merge(api::routes())
        .merge(page::routes())
        .layer(middleware::from_fn_with_state((Arc::clone(app), nobody), auth::identify))
        .merge(api::open_routes())
        .merge(page::open_routes())
        .fallback(page::nowhere)
        .layer(middleware::from_fn(page::dress))
        .layer(middleware::from_fn(page::guard))
}
