//! A client that speaks HTTP/1.1 byte by byte, and may break off wherever it likes.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use serde_json::Value;

use crate::bed::DEADLINE;

/// The headers of one event or several as JSON.
pub(super) const JSON: (&str, &str) = ("Content-Type", "application/json");
/// The headers of a stream of lines.
pub(super) const LINES: (&str, &str) = ("Content-Type", "application/x-ndjson");
/// What an MCP client takes.
pub(super) const BOTH: (&str, &str) = ("Accept", "application/json, text/event-stream");

/// An answer, or as much of it as came.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// In lower case, one a line.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// One connection.
pub(super) struct Wire {
    socket: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Wire {
    pub(super) fn to(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        socket.set_write_timeout(Some(DEADLINE)).unwrap();
        Self { socket: BufReader::new(socket), address }
    }

    /// Sends bytes as they stand. A server that has answered already may have stopped to listen.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.socket.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    /// Sends the head of a request.
    pub(super) fn head(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        self.send(head + "\r\n");
    }

    /// Sends a piece of a chunked body; an empty one ends it.
    pub(super) fn chunk(&mut self, bytes: &[u8]) -> bool {
        self.send([format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat())
    }

    /// One request and its answer.
    pub(super) fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let length = body.len().to_string();
        let mut all = headers.to_vec();
        if method == "POST" {
            all.push(("Content-Length", &length));
        }
        self.head(method, path, &all);
        self.send(body);
        self.answer()
    }

    /// A request without a body.
    pub(super) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    /// The next answer; one with the status 0 where the connection ends instead.
    pub(super) fn answer(&mut self) -> Answer {
        let mut answer = self.answer_head();
        if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(piece) = self.piece() {
                answer.body.extend_from_slice(&piece);
            }
        } else if let Some(length) = answer.header("content-length") {
            answer.body.resize(length.parse().unwrap(), 0);
            self.socket.read_exact(&mut answer.body).unwrap();
        }
        answer
    }

    /// The head of the next answer.
    pub(super) fn answer_head(&mut self) -> Answer {
        let mut head = String::new();
        loop {
            let mut line = String::new();
            let n_bytes = self.socket.read_line(&mut line).unwrap_or(0);
            if n_bytes == 0 || line == "\r\n" {
                break;
            }
            head += &line.trim_end().to_ascii_lowercase();
            head.push('\n');
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head, body: Vec::new() }
    }

    /// The next piece of a chunked answer; `None` at its end.
    pub(super) fn piece(&mut self) -> Option<Vec<u8>> {
        let mut line = String::new();
        self.socket.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
        let mut piece = vec![0; length + 2];
        self.socket.read_exact(&mut piece).unwrap();
        piece.truncate(length);
        (length != 0).then_some(piece)
    }

    /// Whatever comes until the server ends the connection; a reset is an end as well.
    #[track_caller]
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Err(error) = self.socket.read_to_end(&mut bytes) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the server never ends the connection");
        }
        bytes
    }

    /// Ends our half.
    pub(super) fn finish(&mut self) {
        let _ = self.socket.get_mut().shutdown(Shutdown::Write);
    }
}
