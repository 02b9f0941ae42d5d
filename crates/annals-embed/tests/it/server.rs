//! A server on loopback that answers, or does not, as the test tells it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use annals_testkit::PATIENCE;
use serde_json::Value;

/// What a connection gets after its request.
pub(crate) enum Answer {
    /// A status, lines of headers that each end in a line break, and a body.
    Whole(u16, &'static str, String),
    /// Nothing, until the client has gone.
    Nothing,
    /// The begin of an answer, and then nothing until the client has gone.
    Half,
    /// A body that has no end.
    Endless,
    /// An end of the connection.
    Closed,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self::Whole(200, "Content-Type: application/json\r\n", body.to_string())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Whole(status, "", String::new())
    }
}

/// A request as it arrived.
pub(crate) struct Request {
    /// The first line and the headers, in lower case where they are names.
    pub(crate) head: Vec<String>,
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A server that gives the answers one after the other, a connection each.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Receiver<Request>,
    gone: Receiver<()>,
}

impl Server {
    pub(crate) fn that_gives(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (send_request, requests) = channel();
        let (send_gone, gone) = channel();
        thread::spawn(move || {
            for answer in answers {
                let Ok((client, _)) = listener.accept() else { return };
                // A test that has seen enough has dropped its end.
                let _ = serve(&client, answer, &send_request, &send_gone);
            }
        });
        Self { url, requests, gone }
    }

    /// The next request.
    #[track_caller]
    pub(crate) fn request(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("a request has arrived")
    }

    /// Comes back when a client has gone away from a connection on which it was kept waiting.
    #[track_caller]
    pub(crate) fn wait_until_gone(&self) {
        self.gone.recv_timeout(PATIENCE).expect("the client has gone");
    }

    pub(crate) fn n_requests_left(&self) -> usize {
        self.requests.try_iter().count()
    }
}

fn serve(mut client: &TcpStream, answer: Answer, requests: &Sender<Request>, gone: &Sender<()>) -> std::io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(client);
    let request = read(&mut reader)?;
    let _ = requests.send(request);
    match answer {
        Answer::Whole(status, headers, body) => {
            write!(
                client,
                "HTTP/1.1 {status} X\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        }
        Answer::Nothing => {
            wait(&mut reader, gone);
            Ok(())
        }
        Answer::Half => {
            write!(client, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{{\"data\":")?;
            wait(&mut reader, gone);
            Ok(())
        }
        Answer::Endless => {
            write!(client, "HTTP/1.1 200 OK\r\n\r\n{{\"data\":[")?;
            while client.write_all(&[b' '; 1 << 13]).is_ok() {}
            let _ = gone.send(());
            Ok(())
        }
        Answer::Closed => Ok(()),
    }
}

/// Waits until the client has closed its end; nothing more comes from it before.
fn wait(reader: &mut impl Read, gone: &Sender<()>) {
    match reader.read(&mut [0]) {
        Ok(n_read) => assert_eq!(n_read, 0, "the client sends on"),
        // A connection that is torn off is closed as well.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
    let _ = gone.send(());
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Request> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        head.push(match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
            None => line.to_owned(),
        });
    }
    let mut request = Request { head, body: Value::Null };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = serde_json::from_slice(&body)?;
    Ok(request)
}
