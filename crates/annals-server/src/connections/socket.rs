//! A socket that a slow client can't hold: whoever takes nothing for too long is cut off, and whoever is still sending when the answer is complete is heard out for a moment.
//!
//! The second is for those whose request was refused before its end. A socket that is closed while bytes for it are on the way is reset, and a reset takes the answer with it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::Place;

/// How long somebody who still sends is heard out.
const LINGER: Duration = Duration::from_secs(2);
/// How many bytes of theirs are thrown away in that time.
const MAX_LINGER_BYTES: usize = 64 << 20;

/// One client's socket.
pub(super) struct Socket {
    stream: TcpStream,
    place: Arc<Place>,
    write_timeout: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs from the end of our half.
    lingers: Option<Lingering>,
}

struct Lingering {
    until: Pin<Box<Sleep>>,
    n_bytes: usize,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, place: Arc<Place>, write_timeout: Duration) -> Self {
        Self { stream, place, write_timeout, stalled: None, lingers: None }
    }

    /// The socket itself.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Hands on what a write came to, and fails where none came to anything for too long.
    fn timed<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let timeout = self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(timeout)));
        match stalled.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing"))),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        if before < into.filled().len() {
            self.place.head_begins();
        }
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.timed(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.timed(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingers.is_none() {
            match Pin::new(&mut this.stream).poll_shutdown(context) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
        }
        let lingers = this.lingers.get_or_insert_with(|| Lingering { until: Box::pin(sleep(LINGER)), n_bytes: 0 });
        poll_linger(&mut this.stream, lingers, context).map(Ok)
    }
}

/// Throws away what still comes, until the client is done, or the time or the number of bytes is up.
fn poll_linger(stream: &mut TcpStream, lingers: &mut Lingering, context: &mut Context<'_>) -> Poll<()> {
    let mut bytes = [0; 16 << 10];
    // So many at once, so that one client that sends fast doesn't keep its thread.
    for _ in 0..16 {
        let mut into = ReadBuf::new(&mut bytes);
        match Pin::new(&mut *stream).poll_read(context, &mut into) {
            Poll::Ready(Ok(())) if !into.filled().is_empty() => {
                lingers.n_bytes += into.filled().len();
                if MAX_LINGER_BYTES < lingers.n_bytes || lingers.until.deadline() <= Instant::now() {
                    return Poll::Ready(());
                }
            }
            Poll::Ready(_) => return Poll::Ready(()),
            Poll::Pending => return lingers.until.as_mut().poll(context),
        }
    }
    context.waker().wake_by_ref();
    Poll::Pending
}

/// Ends our half, hears the client out for a moment, and closes.
pub(super) async fn close(mut stream: TcpStream, linger: Duration) {
    if tokio::io::AsyncWriteExt::shutdown(&mut stream).await.is_err() {
        return;
    }
    let mut lingers = Lingering { until: Box::pin(sleep(linger)), n_bytes: 0 };
    std::future::poll_fn(|context| poll_linger(&mut stream, &mut lingers, context)).await;
}
