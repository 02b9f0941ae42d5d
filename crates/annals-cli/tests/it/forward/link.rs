//! The way between a laptop and its server, which can be cut, and on which somebody can answer who should not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use crate::bed::DEADLINE;

/// What happens on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// What is sent arrives.
    Pass,
    /// What was connected is torn off, and what connects is dropped.
    Cut,
    /// Somebody answers in the server's name that everything is durable.
    Lie,
    /// Somebody answers 200 with a page of their own.
    Portal,
}

/// A listener before a server.
#[derive(Clone)]
pub(super) struct Link {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

struct State {
    way: Way,
    open: Vec<TcpStream>,
}

impl Link {
    /// A link to the server on this port, open.
    pub(super) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new((Mutex::new(State { way: Way::Pass, open: Vec::new() }), Condvar::new()));
        let link = Self { port, state };
        let accepting = link.clone();
        thread::spawn(move || {
            for client in listener.incoming().filter_map(Result::ok) {
                let link = accepting.clone();
                thread::spawn(move || link.carry(&client, server));
            }
        });
        link
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn set(&self, way: Way) {
        let mut state = self.state.0.lock().unwrap();
        state.way = way;
        if way != Way::Pass {
            for socket in state.open.drain(..) {
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
        self.state.1.notify_all();
    }

    /// Waits until somebody has set it so.
    #[track_caller]
    pub(super) fn wait_for(&self, way: Way) {
        let state = self.state.0.lock().unwrap();
        let waited = self.state.1.wait_timeout_while(state, 2 * DEADLINE, |state| state.way != way).unwrap();
        assert!(!waited.1.timed_out(), "the link stays {:?}", waited.0.way);
    }

    fn carry(&self, client: &TcpStream, server: u16) {
        let way = {
            let mut state = self.state.0.lock().unwrap();
            state.open.extend(client.try_clone());
            state.way
        };
        match way {
            Way::Cut => drop(client.shutdown(Shutdown::Both)),
            Way::Lie | Way::Portal => drop(answer(client, way)),
            Way::Pass => {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
                    let _ = client.shutdown(Shutdown::Both);
                    return;
                };
                if let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) {
                    self.state.0.lock().unwrap().open.extend(server.try_clone());
                    thread::spawn(move || copy(from, to));
                }
                if let Ok(to) = client.try_clone() {
                    copy(server, to);
                }
            }
        }
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// Answers requests, one after the other, without a server.
fn answer(client: &TcpStream, way: Way) -> std::io::Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut reader = BufReader::new(client.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let n = body.split(|byte| *byte == b'\n').count().saturating_sub(2);
        let body = match way {
            Way::Lie => format!(
                r#"{{"next_pseq":{n},"n_shed":0,"n_taken":{n},"seqs":[[0,0,{n}]],"buried":[],"n_gaps":0,"n_ended":0,"log_id":"{}","durable_seq":{n}}}"#,
                "0".repeat(32)
            ),
            _ => "<html>please log in</html>".to_owned(),
        };
        write!(
            &mut &*client,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
}
