//! From a listening socket to the end of the last request.

use std::future::Future;
use std::sync::Arc;

use annals::{Audit, Caller};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::app::App;
use crate::config::Config;
use crate::router;

/// Serves until `shutdown`, then lets the requests that are under way end. The service is the caller's to close.
pub async fn run(
    listener: TcpListener,
    audit: Audit,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = App::new(audit, config);
    let user = annals::system_user();
    let nobody =
        Caller::new("default", &user).or_else(|_| Caller::new("default", "unknown")).map_err(std::io::Error::other)?;
    let router = router::router(&app, Arc::new(nobody));
    // Without it every answer of a session waits 40 ms for an acknowledgement.
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!("a socket keeps its delay: {error}");
        }
    });
    // Streams have no end of their own.
    let watch = Arc::clone(&app.watch);
    let shutdown = async move {
        shutdown.await;
        watch.stop();
    };
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}
