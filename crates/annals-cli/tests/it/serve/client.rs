//! A client that keeps a connection, and says of each event whether it was answered.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::bed::DEADLINE;

/// One client of one server.
pub(crate) struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// One request; an error where no whole answer came.
    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<(u16, String)> {
        let result = self.try_ask(method, path, headers, body);
        if result.is_err() {
            self.connection = None;
        }
        result
    }

    /// Posts an event that names its resource, and says whether that was answered with success.
    pub(crate) fn post(&mut self, resource: &str, wait: &str) -> bool {
        let body = format!(r#"{{"event_type":"resource_modified","resource":"{resource}"}}"#);
        let answer = self.ask("POST", &format!("/v1/events?wait={wait}"), "Content-Type: application/json\r\n", &body);
        matches!(answer, Ok((201 | 202, _)))
    }

    fn try_ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<(u16, String)> {
        let connection = if let Some(connection) = &mut self.connection {
            connection
        } else {
            let socket = TcpStream::connect(self.address)?;
            socket.set_read_timeout(Some(DEADLINE))?;
            socket.set_nodelay(true)?;
            self.connection.insert(BufReader::new(socket))
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        connection.get_mut().write_all(request.as_bytes())?;
        let mut status = None;
        let mut n_bytes = 0;
        let mut is_last = false;
        loop {
            let mut line = String::new();
            if connection.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
            } else if line.is_empty() {
                break;
            }
            if let Some(length) = line.strip_prefix("content-length: ") {
                n_bytes = length.parse().map_err(io::Error::other)?;
            }
            is_last |= line == "connection: close";
        }
        let mut text = vec![0; n_bytes];
        connection.read_exact(&mut text)?;
        if is_last {
            self.connection = None;
        }
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        Ok((status.ok_or(io::ErrorKind::InvalidData)?, text))
    }
}
