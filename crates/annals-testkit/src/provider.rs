//! An endpoint on loopback that makes vectors as the protocol of OpenAI has it, from [`meaning`]: it can be down, keep its answers back, and it counts every text that it is asked for.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::{Door, PATIENCE, meaning};

/// How many numbers its vectors have.
const DIMENSION: usize = 64;

/// A running endpoint. Dropping it ends it.
pub struct Provider {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_over: bool,
    is_down: bool,
    /// So many requests are answered still; `None` for all.
    n_left: Option<usize>,
    /// Before it stands who is kept waiting: another one for each time, so that nobody of before is counted among them.
    door: Option<Arc<Door>>,
    /// How often it was asked for each text, answered or not.
    asked: BTreeMap<String, usize>,
    /// How often it has answered with the vector of each text.
    answered: BTreeMap<String, usize>,
    n_turned_away: usize,
    keys: Vec<String>,
}

impl Provider {
    /// An endpoint that answers.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if serving.state().is_over {
                    return;
                }
                let shared = Arc::clone(&serving);
                // A client may be killed at any time, which is the test's business.
                thread::spawn(move || drop(shared.serve(&client)));
            }
        });
        Self { address, shared }
    }

    /// Where it is, up to and without `/embeddings`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// From now on it closes every connection without a word.
    pub fn break_down(&self) {
        self.shared.state().is_down = true;
    }

    /// It answers again.
    pub fn mend(&self) {
        self.shared.state().is_down = false;
    }

    /// So many requests more are answered; whatever comes then is kept waiting until [`Provider::release`].
    pub fn hold_after(&self, n_requests: usize) {
        self.release();
        let mut state = self.shared.state();
        state.n_left = Some(n_requests);
        state.door = Some(Arc::new(Door::shut_at_first("answers of the provider")));
    }

    /// Waits until so many requests are kept waiting.
    #[track_caller]
    pub fn wait_until_held(&self, n_requests: usize) {
        let door = self.shared.state().door.clone();
        door.expect("it was told when to hold").wait_for(n_requests);
    }

    /// Answers all who wait and all who come.
    pub fn release(&self) {
        let mut state = self.shared.state();
        state.n_left = None;
        if let Some(door) = state.door.take() {
            door.open();
        }
    }

    /// How often it was asked for each text, answered or not.
    pub fn asked(&self) -> BTreeMap<String, usize> {
        self.shared.state().asked.clone()
    }

    /// How often it has sent the vector of each text.
    pub fn answered(&self) -> BTreeMap<String, usize> {
        self.shared.state().answered.clone()
    }

    /// How many came while it was down.
    pub fn n_turned_away(&self) -> usize {
        self.shared.state().n_turned_away
    }

    /// The keys that it was shown, one for each request that had one.
    pub fn keys(&self) -> Vec<String> {
        self.shared.state().keys.clone()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.release();
        // Whoever waits for a client gets one, and sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut client: &TcpStream) -> std::io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        client.set_write_timeout(Some(PATIENCE))?;
        let (key, body) = read(&mut BufReader::new(client))?;
        let input = body["input"].as_array().cloned().unwrap_or_default();
        let texts: Vec<&str> = input.iter().filter_map(Value::as_str).collect();
        let door = {
            let mut state = self.state();
            if state.is_down {
                state.n_turned_away += 1;
                return Ok(());
            }
            state.keys.extend(key);
            for text in &texts {
                *state.asked.entry((*text).to_owned()).or_default() += 1;
            }
            let door = state.door.clone().filter(|_| state.n_left == Some(0));
            state.n_left = state.n_left.map(|n_left| n_left.saturating_sub(1));
            door
        };
        if let Some(door) = door {
            door.pass();
        }
        let vectors = texts.iter().enumerate();
        let data: Vec<Value> =
            vectors.map(|(index, text)| json!({ "index": index, "embedding": meaning(text, DIMENSION) })).collect();
        let answer = json!({ "data": data }).to_string();
        {
            let mut state = self.state();
            for text in &texts {
                *state.answered.entry((*text).to_owned()).or_default() += 1;
            }
        }
        write!(
            client,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )
    }
}

/// The key of a request, where it has one, and its body.
fn read(reader: &mut impl BufRead) -> std::io::Result<(Option<String>, Value)> {
    let (mut key, mut n_bytes) = (None, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => n_bytes = value.parse().map_err(std::io::Error::other)?,
            "authorization" => key = value.strip_prefix("Bearer ").map(str::to_owned),
            _ => {}
        }
    }
    let mut body = vec![0; n_bytes];
    reader.read_exact(&mut body)?;
    Ok((key, serde_json::from_slice(&body)?))
}

#[cfg(test)]
mod tests;
