//! A server that answers calls of tools as a test says, over loopback, and remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::mcp::Peer;

/// One call of a tool.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) token: String,
    pub(super) tool: String,
    pub(super) arguments: Value,
}

/// What a call is answered with: its content, or the text of an error.
pub(super) type Answer = Result<Value, &'static str>;

type Answering = dyn Fn(&Call) -> Answer + Send + Sync;

/// It runs as long as the test's process.
pub(super) struct Fake {
    listener_at: std::net::SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Fake {
    pub(super) fn start(answer: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let listener_at = listener.local_addr().expect("it is bound");
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (answer, heard): (Arc<Answering>, _) = (Arc::new(answer), Arc::clone(&calls));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, heard) = (Arc::clone(&answer), Arc::clone(&heard));
                // A connection ends when its client goes, which is no failure.
                thread::spawn(move || serve(&stream, &*answer, &heard));
            }
        });
        Self { listener_at, calls }
    }

    /// Whom to call, under so many tokens: `token-0` and so on.
    pub(super) fn peers(&self, n: usize) -> Vec<Peer> {
        let (address, host) = (self.listener_at, self.listener_at.to_string());
        (0..n).map(|n| Peer { address, host: host.clone(), token: Some(format!("token-{n}")) }).collect()
    }

    /// What was called so far.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("nobody panicked with it").clone()
    }
}

fn serve(mut stream: &TcpStream, answer: &Answering, heard: &Mutex<Vec<Call>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut headers = HashMap::new();
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 0 && !line.trim().is_empty() {
            if let Some((name, value)) = line.split_once(':') {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
            line.clear();
        }
        let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        let asked: Value = serde_json::from_slice(&body).ok()?;
        let call = Call {
            token: headers.get("authorization")?.strip_prefix("Bearer ")?.to_owned(),
            tool: asked["params"]["name"].as_str()?.to_owned(),
            arguments: asked["params"]["arguments"].clone(),
        };
        let result = match answer(&call) {
            Ok(content) => json!({ "structuredContent": content }),
            Err(text) => json!({ "isError": true, "content": [{ "type": "text", "text": text }] }),
        };
        heard.lock().ok()?.push(call);
        let body = json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}
