//! Following the log by server-sent events.

use annals::{Caller, Event};

use crate::client::Client;
use crate::server::Server;

/// A stream, read message by message.
struct Stream {
    client: Client,
    rest: String,
}

/// A message with an event in it.
#[derive(Debug)]
struct Message {
    id: u64,
    event: serde_json::Value,
}

impl Stream {
    fn open(server: &Server, query: &str, headers: &[(&str, &str)]) -> Self {
        let mut client = Client::connect(server.address);
        client.head("GET", &format!("/v1/events/stream{query}"), headers);
        let head = client.answer_head();
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
        Self { client, rest: String::new() }
    }

    /// The next message with an event; `None` when the stream has ended.
    fn next(&mut self) -> Option<Message> {
        loop {
            while let Some((message, rest)) = self.rest.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.rest = rest;
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let Some(data) = field("data: ") {
                    assert_eq!(field("event: ").as_deref(), Some("event"));
                    let id = field("id: ").expect("as it should be").parse().expect("as it should be");
                    return Some(Message { id, event: serde_json::from_str(&data).expect("as it should be") });
                }
            }
            self.rest.push_str(std::str::from_utf8(&self.client.piece()?).expect("as it should be"));
        }
    }
}

fn record(server: &Server, tool: &str) {
    server.audit.record(Event::new("tool.invoked").tool(tool)).expect("as it should be");
}

#[test]
fn new_events_come_in_order_and_coming_back_misses_none() {
    let server = Server::start();
    record(&server, "before");
    server.audit.flush().unwrap();
    let mut stream = Stream::open(&server, "?from=0", &[]);
    assert_eq!(stream.next().unwrap().event["tool"], "before");
    for n in 0..20 {
        record(&server, &format!("t{n}"));
    }
    let mut last = 0;
    for n in 0..10 {
        let message = stream.next().unwrap();
        assert_eq!((message.id, message.event["tool"].as_str()), (n + 1, Some(format!("t{n}").as_str())));
        assert_eq!(message.event["seq"], message.id);
        last = message.id;
    }
    drop(stream);
    let mut again = Stream::open(&server, "", &[("Last-Event-ID", &last.to_string())]);
    for n in 10..20 {
        assert_eq!(again.next().unwrap().event["tool"], format!("t{n}"));
    }
}

#[test]
fn a_stream_without_a_place_begins_at_the_end() {
    let server = Server::start();
    for _ in 0..50 {
        record(&server, "old");
    }
    server.audit.flush().unwrap();
    let mut stream = Stream::open(&server, "", &[]);
    // Its beginning is the end as it was seen at some moment now: what is recorded until it shows is new.
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                record(&server, "new");
                server.audit.flush().unwrap();
            }
        });
        let first = stream.next().unwrap();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(first.event["tool"], "new");
    });
}

#[test]
fn a_filter_and_the_space_hold_for_a_stream_too() {
    let server = Server::start();
    let mut stream = Stream::open(&server, "?from=0&tool=wanted", &[]);
    let other = Caller::new("other", "somebody").unwrap();
    server.audit.accept(Event::new("tool.invoked").tool("wanted"), &other).unwrap();
    record(&server, "unwanted");
    record(&server, "wanted");
    let message = stream.next().unwrap();
    assert_eq!((message.id, message.event["space"].as_str()), (2, Some("default")));
}

#[test]
fn streams_end_when_the_server_stops() {
    let server = Server::start();
    record(&server, "one");
    let mut stream = Stream::open(&server, "?from=0", &[]);
    assert!(stream.next().is_some());
    let stopped = std::thread::spawn(move || drop(server));
    assert!(stream.next().is_none(), "a stream ends as a whole body does");
    stopped.join().unwrap();
}

#[test]
fn a_place_that_is_none_is_refused() {
    let server = Server::start();
    for (query, last, field) in [
        ("?from=x", "", "from"),
        ("?from=-1", "", "from"),
        ("", "abc", "last-event-id"),
        ("?limit=5", "", "limit"),
        ("?tol=x", "", "tol"),
    ] {
        let refused = Client::connect(server.address).ask(
            "GET",
            &format!("/v1/events/stream{query}"),
            &[("Last-Event-ID", last)],
            b"",
        );
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{}", refused.text());
    }
}

#[test]
fn many_streams_cost_one_follower() {
    let server = Server::start();
    let mut streams: Vec<_> = (0..40).map(|_| Stream::open(&server, "?from=0", &[])).collect();
    record(&server, "one");
    for stream in &mut streams {
        assert_eq!(stream.next().unwrap().id, 0);
    }
    let names: Vec<String> = std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.trim() == "audit-watch")
        .collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn who_comes_from_another_log_is_told() {
    let server = Server::start();
    record(&server, "one");
    server.audit.flush().unwrap();
    let ask = |query: &str, headers: &[(&str, &str)]| {
        let mut client = Client::connect(server.address);
        client.head("GET", &format!("/v1/events/stream{query}"), headers);
        client.answer_head().status
    };
    assert_eq!(ask("", &[("Last-Event-ID", "999999")]), 400);
    assert_eq!(ask("?from=999999", &[]), 400);
    // The control: the next one to come is no mistake, for a client that has seen all.
    let n_events = server.audit.head().unwrap().n_events;
    assert_eq!(ask("", &[("Last-Event-ID", &(n_events - 1).to_string())]), 200);
    assert_eq!(ask(&format!("?from={n_events}"), &[]), 200);
}
