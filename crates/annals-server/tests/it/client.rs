//! A client that speaks HTTP/1.1 byte by byte, so that a test may also break off where a library would not.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body is text here")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// One connection.
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).expect("set up");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("set up");
        socket.set_write_timeout(Some(Duration::from_secs(30))).expect("set up");
        Self { reader: BufReader::new(socket), address }
    }

    /// Sends the head of a request.
    pub(crate) fn head(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        self.write(head.as_bytes());
    }

    /// Sends bytes as they stand. A server that has answered already may have stopped to listen.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.reader.get_mut().write_all(bytes);
    }

    /// Sends a piece of a chunked body; an empty one ends it.
    pub(crate) fn chunk(&mut self, bytes: &[u8]) {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.write(&chunk);
    }

    /// Sends a whole request and reads its answer.
    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let length = body.len().to_string();
        let mut all = headers.to_vec();
        if !body.is_empty() || method == "POST" {
            all.push(("Content-Length", &length));
        }
        self.head(method, path, &all);
        self.write(body);
        self.answer(method)
    }

    /// Reads the head of an answer.
    pub(crate) fn answer_head(&mut self) -> Answer {
        let status = self.line();
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("an answer has a status");
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Answer { status, headers, body: Vec::new() }
    }

    /// Reads a whole answer.
    pub(crate) fn answer(&mut self, method: &str) -> Answer {
        let mut answer = self.answer_head();
        if method == "HEAD" || answer.status == 304 {
            return answer;
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(piece) = self.piece() {
                answer.body.extend_from_slice(&piece);
            }
        } else if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().expect("a length is a number");
            answer.body.resize(length, 0);
            self.reader.read_exact(&mut answer.body).expect("a body is as long as it says");
        }
        answer
    }

    /// Reads a piece of a chunked answer; `None` at its end.
    pub(crate) fn piece(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(self.line().trim(), 16).expect("a chunk has a length");
        let mut piece = vec![0; length + 2];
        self.reader.read_exact(&mut piece).expect("a chunk is as long as it says");
        piece.truncate(length);
        (length != 0).then_some(piece)
    }

    /// The same for an answer that may be broken off.
    pub(crate) fn try_piece(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        let mut piece = vec![0; length + 2];
        self.reader.read_exact(&mut piece)?;
        piece.truncate(length);
        Ok((length != 0).then_some(piece))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("the server answers in time");
        line.trim_end().to_owned()
    }
}
