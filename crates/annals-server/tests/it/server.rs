//! A server on a port of its own, and a client that speaks bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use annals::Audit;
use annals_server::{Config, Witnessed};
use tokio::sync::oneshot;

/// A running server over a fresh data directory. Dropping it stops it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) audit: Audit,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    data: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(Config::default())
    }

    /// A server that says nothing of itself, so that the log has what the test puts there.
    pub(crate) fn start_with(mut config: Config) -> Self {
        config.witnessed = Witnessed::Nothing;
        Self::start_as_it_is(config)
    }

    /// A server that records what a real one does.
    pub(crate) fn start_as_it_is(config: Config) -> Self {
        let data = tempfile::tempdir().expect("set up");
        let audit = Audit::open(data.path().join("trail")).expect("set up");
        Self::start_over(audit, data, config)
    }

    /// A server over this log, whose data directory lies in this folder.
    pub(crate) fn start_over(audit: Audit, data: tempfile::TempDir, config: Config) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (told, address) = std::sync::mpsc::channel();
        let served = audit.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("set up");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("set up");
                told.send(listener.local_addr().expect("set up")).expect("set up");
                let shutdown = async {
                    let _ = stopped.await;
                };
                annals_server::run(listener, served, config, shutdown).await.expect("set up");
            });
        });
        let address = address.recv().expect("set up");
        Self { address, audit, stop: Some(stop), thread: Some(thread), data }
    }

    /// Where its data directory `trail` lies.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Sends one request as it stands and answers status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(self.address).expect("set up");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("set up");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        socket.write_all(head.as_bytes()).expect("set up");
        socket.write_all(body.as_bytes()).expect("set up");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("set up");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("set up");
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("set up");
        (status, body)
    }
}

impl Server {
    /// Tells it to stop and waits until it has; its log stays.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
