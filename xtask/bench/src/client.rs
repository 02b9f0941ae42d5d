//! A client that keeps its connection, writes requests as they were made before the clock ran, and reads answers as they come.

use std::fmt::{Display, Write as _};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

/// No answer takes longer, or the benchmark says so and ends.
const PATIENCE: Duration = Duration::from_mins(1);

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) took: Duration,
    pub(crate) body: &'a [u8],
}

/// A whole request, head and body, to a host that its URL calls so.
pub(crate) fn request(host: impl Display, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), line: String::new(), body: Vec::new() })
    }

    /// Sends a request and reads its answer to the end.
    pub(crate) fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        let began = Instant::now();
        self.stream.get_mut().write_all(request)?;
        let status = self.read()?;
        Ok(Answer { status, took: began.elapsed(), body: &self.body })
    }

    /// The same, which must be answered with success.
    pub(crate) fn must(&mut self, request: &[u8]) -> anyhow::Result<Duration> {
        let answer = self.ask(request)?;
        if !(200..300).contains(&answer.status) {
            bail!("the server answers {}: {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        Ok(answer.took)
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    fn read(&mut self) -> anyhow::Result<u16> {
        self.read_line()?;
        let status = self.line.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            self.read_line()?;
            let Some((name, value)) = self.line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
            is_chunked |= name.eq_ignore_ascii_case("transfer-encoding") && value.trim() == "chunked";
        }
        self.body.clear();
        if is_chunked {
            loop {
                self.read_line()?;
                let length = usize::from_str_radix(self.line.trim(), 16).context("no length of a chunk")?;
                self.read_bytes(length)?;
                self.read_line()?;
                if length == 0 {
                    return Ok(status);
                }
            }
        }
        self.read_bytes(length)?;
        Ok(status)
    }

    fn read_line(&mut self) -> anyhow::Result<()> {
        self.line.clear();
        ensure!(self.stream.read_line(&mut self.line)? != 0, "the server closed the connection");
        Ok(())
    }

    fn read_bytes(&mut self, length: usize) -> anyhow::Result<()> {
        let before = self.body.len();
        self.body.resize(before + length, 0);
        self.stream.read_exact(&mut self.body[before..])?;
        Ok(())
    }
}
