//! A client of a server of Annals, over plain HTTP: records an event in such a way that it may be sent again, and reads what was recorded page by page.
//!
//! `ANNALS_TOKEN=… annals-example-client [http://127.0.0.1:8420]`

#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use ureq::Agent;

/// A server, and how it is asked.
struct Annals {
    agent: Agent,
    url: String,
    token: Option<String>,
}

impl Annals {
    fn new(url: String, token: Option<String>) -> Self {
        // What went wrong stands in the body, so a status is no error by itself.
        let agent = Agent::config_builder().http_status_as_error(false).build().into();
        Self { agent, url, token }
    }

    /// Records an event under a key; the same key with the same event is recorded once. Answers the event's id.
    fn record(&self, event: &Value, key: &str) -> Result<String, Box<dyn Error>> {
        let mut request = self.agent.post(format!("{}/v1/events?wait=durable", self.url));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let request = request.header("Content-Type", "application/json").header("Idempotency-Key", key);
        let answer = read(&mut request.send(event.to_string())?)?;
        Ok(answer["id"].as_str().ok_or("an answer without an id")?.to_owned())
    }

    /// Hands on every event that fits, oldest first; `filter` is the query of a URL, such as `tool=search&since=1h`.
    fn each(&self, filter: &str, mut take: impl FnMut(&Value)) -> Result<(), Box<dyn Error>> {
        let mut cursor = String::new();
        loop {
            let url = format!("{}/v1/events?order=oldest&limit=2&{filter}&cursor={cursor}", self.url);
            let mut request = self.agent.get(url);
            if let Some(token) = &self.token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let page = read(&mut request.call()?)?;
            page["events"].as_array().into_iter().flatten().for_each(&mut take);
            match page["cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return Ok(()),
            }
        }
    }
}

/// The body of a good answer; what a problem document says is an error.
fn read(response: &mut ureq::http::Response<ureq::Body>) -> Result<Value, Box<dyn Error>> {
    let body: Value = serde_json::from_str(&response.body_mut().read_to_string()?)?;
    if response.status().is_success() {
        return Ok(body);
    }
    let said = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    Err(format!("{}: {} {}", said("code"), said("field"), said("detail")).into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8420".to_owned());
    let annals = Annals::new(url.trim_end_matches('/').to_owned(), std::env::var("ANNALS_TOKEN").ok());
    // A key of one's own for each event; a UUID is a good one.
    let run = format!("{}-{}", std::process::id(), SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos());
    for n in 0..3 {
        let event =
            json!({ "event_type": "tool.invoked", "tool": "example", "session_id": run, "details": { "n": n } });
        let key = format!("{run}-{n}");
        let id = annals.record(&event, &key)?;
        // As if the answer had been lost.
        if annals.record(&event, &key)? == id {
            println!("recorded once: {id}");
        }
    }
    let mut n_events = 0;
    annals.each(&format!("session={run}"), |event| {
        n_events += 1;
        println!("{} {} {}", event["seq"], event["recorded_at"], event["details"]);
    })?;
    println!("in all {n_events}");
    Ok(())
}
