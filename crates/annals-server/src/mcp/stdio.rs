//! MCP over a pair of pipes, for one client: the caller is whoever started the process.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use annals::{Audit, Caller};
use rmcp::service::{QuitReason, serve_directly};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::awareness::Followed;
use super::endpoint::MAX_MESSAGE_BYTES;
use super::handler::{Handler, Own, Shared};
use super::lines::Lines;
use crate::app::App;
use crate::cleaner::{self, Opens};
use crate::config::Config;
use crate::embedding::Attending;
use crate::trail::Trail;

/// Answers requests until the input ends or `shutdown` comes, and then those that are under way, for some seconds at most. The service is the caller's to close.
///
/// Nothing but messages goes to the output. It answers before any database is open. The caller is the user of the operating system who started the process, in the space `default`.
pub async fn serve_mcp<R, W>(
    input: R,
    output: W,
    audit: Audit,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let caller = Caller::new("default", annals::system_user())
        .or_else(|_| Caller::new("default", "unknown"))
        .map_err(std::io::Error::other)?;
    let shared = Arc::new(Shared::new(config.tools));
    let max_bytes = MAX_MESSAGE_BYTES.min(config.max_body_bytes);
    let app = App::new(audit, config)?;
    let own = Own { trail: Trail::new(Arc::clone(&app), Arc::new(caller)), followed: Arc::<Followed>::default() };
    let handler = Handler::new(&shared, &app.audit, Some(own.clone()));
    let input = Noticed { input, app: Arc::clone(&app) };
    let transport = Lines::new(input, output, max_bytes);
    // Not the library's handshake, which refuses a request that comes before one.
    let running = serve_directly(handler, transport, None);
    let peer = running.peer().clone();
    let telling = tokio::spawn(async move { own.followed.tell(own.trail, peer).await });
    let _embedding = Attending::start(&app.awareness, Opens::Nothing)?;
    let cleaning = tokio::spawn(cleaner::attend(Arc::clone(&app), Opens::Nothing));
    let stop = running.cancellation_token();
    let ended = running.waiting();
    tokio::pin!(ended);
    let reason = tokio::select! {
        reason = &mut ended => reason,
        () = shutdown => {
            stop.cancel();
            ended.await
        }
    };
    app.watch.stop();
    telling.abort();
    cleaning.abort();
    match reason {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(std::io::Error::other(error)),
        Ok(_) => Ok(()),
    }
}

/// Input whose end is told to those who follow the log: their requests are answered by nothing else, and the end waits for them.
struct Noticed<R> {
    input: R,
    app: Arc<App>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Noticed<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let (before, room) = (buffer.filled().len(), buffer.remaining());
        let polled = Pin::new(&mut self.input).poll_read(context, buffer);
        if polled.is_ready() && room != 0 && buffer.filled().len() == before {
            self.app.watch.stop();
        }
        polled
    }
}
