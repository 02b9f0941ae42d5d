//! Messages as lines: the way in and out of a pair of pipes.
//!
//! In place of the library's own, which answers nothing to what it cannot read, and nothing to a last line without an end. Each line is looked at before the library reads it, and what is none of its messages is answered here, through the same output and never in the midst of another line.
//! Reading and writing may be given up at any point and go on where they were: the library waits for several things at once.

use std::io;
use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::Mutex;

use super::message::{self, IdScan, Kind, Refused};

/// The memory that is kept for the next line.
const KEPT_BYTES: usize = 64 << 10;

/// A pair of pipes.
pub(super) struct Lines<R, W> {
    input: BufReader<R>,
    /// What has come of the line that is being read.
    line: Vec<u8>,
    /// The line is too long: nothing of it is kept, and only its id is looked for.
    skipping: Option<IdScan>,
    has_ended: bool,
    max_bytes: usize,
    output: Arc<Mutex<Output<W>>>,
    /// An answer that is not in the output yet.
    owed: Option<String>,
    /// The newest answer of ours may not be written.
    is_writing: bool,
}

/// Where the answers go.
struct Output<W> {
    /// `None` once it is closed.
    pipe: Option<W>,
    /// What is not written yet, of which the first line may be half written.
    unwritten: Vec<u8>,
}

impl<W: AsyncWrite + Unpin> Output<W> {
    fn push(&mut self, line: &[u8]) {
        self.unwritten.extend_from_slice(line);
        self.unwritten.push(b'\n');
    }

    async fn flush(&mut self) -> io::Result<()> {
        let pipe = self.pipe.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        while !self.unwritten.is_empty() {
            // What was written is forgotten before anything else is waited for.
            let n = pipe.write(&self.unwritten).await?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.unwritten.drain(..n);
        }
        self.unwritten.shrink_to(KEPT_BYTES);
        pipe.flush().await
    }
}

/// So long after its last writing the end of the input is told. Where the library learns of both at once, it never tells whoever had that written that it was, and waits five seconds for him;
/// nothing says when it has told him.
const LAST_MOMENT: std::time::Duration = std::time::Duration::from_millis(20);

/// What a reading came to.
enum Read {
    Line,
    TooLong(IdScan),
    End,
}

impl<R: AsyncRead + Unpin, W> Lines<R, W> {
    /// Over these pipes; a line may have so many bytes, its end included.
    pub(super) fn new(input: R, output: W, max_bytes: usize) -> Self {
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            skipping: None,
            has_ended: false,
            max_bytes,
            output: Arc::new(Mutex::new(Output { pipe: Some(output), unwritten: Vec::new() })),
            owed: None,
            is_writing: false,
        }
    }

    /// Reads to the end of a line, or of the input.
    async fn read(&mut self) -> io::Result<Read> {
        while !self.has_ended {
            let available = self.input.fill_buf().await?;
            let end = available.iter().position(|byte| *byte == b'\n');
            let piece = &available[..end.unwrap_or(available.len())];
            let n_used = piece.len() + usize::from(end.is_some());
            self.has_ended = available.is_empty();
            if self.skipping.is_none() && self.max_bytes <= self.line.len() + piece.len() {
                let mut scan = IdScan::default();
                scan.feed(&std::mem::take(&mut self.line));
                self.skipping = Some(scan);
            }
            match &mut self.skipping {
                Some(scan) => scan.feed(piece),
                None => self.line.extend_from_slice(piece),
            }
            self.input.consume(n_used);
            if end.is_some() || self.has_ended {
                return Ok(match self.skipping.take() {
                    Some(scan) => Read::TooLong(scan),
                    None => Read::Line,
                });
            }
        }
        Ok(Read::End)
    }

    /// What the line says; `None` where nothing is to be done with it but to answer what is owed.
    fn take_line(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let line = std::mem::take(&mut self.line);
        let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line).trim_ascii();
        let message = if text.is_empty() { None } else { self.read_message(text) };
        if line.capacity() <= KEPT_BYTES {
            self.line = line;
            self.line.clear();
        }
        message
    }

    fn read_message(&mut self, text: &[u8]) -> Option<RxJsonRpcMessage<RoleServer>> {
        let kind = message::check(text).map_err(|refused| self.owed = Some(refused.answer())).ok()?;
        match (serde_json::from_slice(text), kind) {
            (Ok(message), _) => Some(message),
            (Err(_), Kind::Request) => {
                self.owed = Some(Refused::unknown(text).answer());
                None
            }
            // To a notification that means nothing here, and to an answer, nobody waits for one.
            (Err(_), Kind::Other) => None,
        }
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move {
            let line = serde_json::to_vec(&message)?;
            let mut output = output.lock().await;
            output.push(&line);
            output.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if self.owed.is_some() || self.is_writing {
                let mut output = self.output.lock().await;
                if let Some(answer) = self.owed.take() {
                    output.push(answer.as_bytes());
                    self.is_writing = true;
                }
                output.flush().await.ok()?;
                self.is_writing = false;
            }
            match self.read().await {
                Ok(Read::Line) => {
                    if let Some(message) = self.take_line() {
                        return Some(message);
                    }
                }
                Ok(Read::TooLong(scan)) => self.owed = Some(Refused::too_long(scan.id(), self.max_bytes).answer()),
                Ok(Read::End) => {
                    drop(self.output.lock().await);
                    tokio::time::sleep(LAST_MOMENT).await;
                    return None;
                }
                Err(error) => {
                    tracing::error!("could not read the input: {error}");
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        let mut output = self.output.lock().await;
        if let Some(answer) = self.owed.take() {
            output.push(answer.as_bytes());
        }
        let flushed = output.flush().await;
        output.pipe = None;
        flushed
    }
}
