//! From a listening socket to the end of the last request.
//!
//! The loop is our own, and small, for what a ready-made one does not do: it turns a client away with an answer where there is no room, and closes those who only wait before it does so.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use annals::Audit;
use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::app::App;
use crate::cleaner::{self, Opens};
use crate::config::Config;
use crate::connections::{Connections, Stage, converse, turn_away};
use crate::embedding::Attending;
use crate::{router, witness};

/// How many clients are told at once that there is no room.
const N_TURNED_AWAY: usize = 64;
/// How long to wait after the system had no file for a connection.
const AFTER_ERROR: Duration = Duration::from_millis(20);
/// How long connections have to notice that the end is there.
const LAST_WORD: Duration = Duration::from_millis(500);

/// Serves until `shutdown`, then lets the requests that are under way end, for as long as the configuration says. The service is the caller's to close.
pub async fn run(
    listener: TcpListener,
    audit: Audit,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = App::new(audit, config)?;
    let starting = app.audit.clone();
    // In the background: neither the handshake nor a request waits for the database, and what dead processes left is drained without an event of ours.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = starting.start() {
            tracing::warn!("the database is not open yet: {error}");
        }
    });
    let router = router::router(&app);
    let connections = Connections::new(app.config.max_connections);
    let (stage, stages) = watch::channel(Stage::Serving);
    let attending = tokio::spawn(witness::attend(Arc::clone(&app), listener.local_addr()?));
    let cleaning = tokio::spawn(cleaner::attend(Arc::clone(&app), Opens::Itself));
    let embedding = Attending::start(&app.awareness, Opens::Itself)?;
    accept(&listener, &app, &router, &connections, &stages, shutdown).await;
    drop(listener);
    drop(embedding);
    stage.send_replace(Stage::Draining);
    // Streams have no end of their own.
    app.watch.stop();
    if tokio::time::timeout(app.config.stop_timeout, connections.emptied()).await.is_err() {
        tracing::warn!("{} connections are cut, whose requests did not end in time", connections.n_open());
    }
    stage.send_replace(Stage::Over);
    let _ = tokio::time::timeout(LAST_WORD, connections.emptied()).await;
    attending.abort();
    cleaning.abort();
    app.witness.stopped();
    Ok(())
}

/// Takes in clients until `shutdown`.
async fn accept(
    listener: &TcpListener,
    app: &Arc<App>,
    router: &Router,
    connections: &Arc<Connections>,
    stages: &watch::Receiver<Stage>,
    shutdown: impl Future<Output = ()>,
) {
    let turned_away = Arc::new(Semaphore::new(N_TURNED_AWAY));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if is_the_clients(&error) => continue,
            Err(error) => {
                // There are no files left: somebody who only waits has one.
                tracing::warn!("could not take a connection: {error}");
                connections.evict_one();
                tokio::select! {
                    () = &mut shutdown => return,
                    () = tokio::time::sleep(AFTER_ERROR) => continue,
                }
            }
        };
        let Some(place) = connections.admit() else {
            app.metrics.connections_refused.increment(1);
            turn_away(stream, &turned_away);
            continue;
        };
        let Ok(at) = ready(&stream) else { continue };
        let (app, router, stages) = (Arc::clone(app), router.clone(), stages.clone());
        tokio::spawn(async move {
            let _open = app.metrics.connection();
            converse(stream, at, place, router, &app.config, stages).await;
        });
    }
}

/// Makes a socket ready to be served, and says at which of our addresses it arrived.
fn ready(stream: &TcpStream) -> std::io::Result<std::net::SocketAddr> {
    // Without it every answer of a session waits 40 ms for an acknowledgement.
    stream.set_nodelay(true)?;
    stream.local_addr()
}

/// Whether the client went away before it was taken in.
fn is_the_clients(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
