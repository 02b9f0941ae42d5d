//! One connection from its first byte to its last.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::door::{Door, Reached};
use super::socket::Socket;
use super::{Overdue, Place, turned_away};
use crate::config::Config;
use crate::failure::{Code, Failure};

/// The longest head of a request, and as much of an answer waits to be written before its handler does.
const BUFFER_BYTES: usize = 64 << 10;

/// How far the server's end has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// It serves.
    Serving,
    /// What is at work may end; nothing new begins.
    Draining,
    /// The time for that is over.
    Over,
}

/// How a connection came to its end.
enum End {
    /// By itself.
    Over,
    /// For another one's sake, or for being idle for too long, or with the server.
    Cut,
    /// In the middle of a head.
    SlowHead,
}

/// Serves one connection to its end.
pub(crate) async fn converse(
    stream: TcpStream,
    at: SocketAddr,
    place: Arc<Place>,
    router: Router,
    config: &Config,
    mut stage: watch::Receiver<Stage>,
) {
    let (header_timeout, idle_timeout) = (config.header_timeout, config.idle_timeout);
    let socket = Socket::new(stream, Arc::clone(&place), config.write_timeout);
    let door = Door { router: TowerToHyperService::new(router), place: Arc::clone(&place), reached: Reached { at } };
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER_BYTES).header_read_timeout(None);
    let mut connection = builder.serve_connection(TokioIo::new(socket), door);
    let mut check = Box::pin(sleep_until(Instant::now() + header_timeout.min(idle_timeout)));
    let end = loop {
        tokio::select! {
            biased;
            served = &mut connection => {
                if let Err(error) = served {
                    tracing::debug!("a connection broke: {error}");
                }
                break End::Over;
            }
            () = place.seat.evicted.notified() => break End::Cut,
            () = &mut check => match place.overdue(header_timeout, idle_timeout) {
                Overdue::LookAgain(then) => check.as_mut().reset(then.into()),
                Overdue::Head => break End::SlowHead,
                Overdue::Idle => break End::Cut,
            },
            changed = stage.changed() => match *stage.borrow_and_update() {
                Stage::Serving if changed.is_ok() => {}
                Stage::Draining if changed.is_ok() => Pin::new(&mut connection).graceful_shutdown(),
                _ => break End::Cut,
            },
        }
    };
    if matches!(end, End::SlowHead) {
        let stream = connection.into_parts().io.into_inner().into_stream();
        let slow = Failure::new(Code::SlowClient, "the head of the request stopped coming");
        turned_away::answer(stream, slow).await;
    }
    drop(place);
}
