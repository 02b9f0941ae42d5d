//! What the server does when there is too much of something, over real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use annals_server::Config;

use crate::client::Client;
use crate::server::Server;

/// Short times, so that a test need not wait for long ones; nothing is measured against them.
const SHORT: Duration = Duration::from_millis(200);

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

/// What comes until the server closes.
fn rest(mut socket: &TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end as well.
    let _ = socket.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn connect(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(server.address).expect("set up");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("set up");
    socket
}

/// A request whose body never comes: it is at work for as long as the server bears it.
fn held(server: &Server) -> TcpStream {
    let mut socket = connect(server);
    let head = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    socket.write_all(head.as_bytes()).expect("set up");
    // The body is asked for, so that the request is at work.
    let mut answer = [0; 25];
    socket.read_exact(&mut answer).expect("set up");
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket
}

#[test]
fn idle_connections_make_room_for_a_new_one() {
    let server = Server::start_with(config(|config| config.max_connections = 4));
    let mut idle: Vec<Client> = (0..4).map(|_| Client::connect(server.address)).collect();
    for client in &mut idle {
        assert_eq!(client.ask("GET", "/healthz", &[], b"").status, 200);
    }
    for _ in 0..8 {
        assert_eq!(Client::connect(server.address).ask("GET", "/healthz", &[], b"").status, 200);
    }
}

#[test]
fn where_all_are_at_work_the_next_is_told_so() {
    let server = Server::start_with(config(|config| config.max_connections = 2));
    let working = [held(&server), held(&server)];
    for _ in 0..3 {
        let mut client = Client::connect(server.address);
        let answer = client.ask("GET", "/healthz", &[], b"");
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
        assert_eq!(answer.json()["code"], "overloaded");
    }
    drop(working);
    // The server sees them go, and then has room.
    let deadline = Instant::now() + Duration::from_secs(30);
    while Client::connect(server.address).ask("GET", "/healthz", &[], b"").status != 200 {
        assert!(Instant::now() < deadline, "their places stay taken");
    }
}

#[test]
fn requests_above_the_limit_are_told_so() {
    let server = Server::start_with(config(|config| config.max_requests = 1));
    let _working = held(&server);
    let answer = Client::connect(server.address).ask("GET", "/v1/events", &[], b"");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    // Whether it lives can be asked all the same.
    assert_eq!(Client::connect(server.address).ask("GET", "/healthz", &[], b"").status, 200);
}

#[test]
fn a_body_that_is_too_long_is_refused_in_words() {
    let server = Server::start_with(config(|config| config.max_body_bytes = 4 << 20));
    let body = vec![b' '; 5 << 20];
    let answer =
        Client::connect(server.address).ask("POST", "/v1/events", &[("Content-Type", "application/json")], &body);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("too_large")));
    // Without a length in front, too.
    let mut client = Client::connect(server.address);
    client.head("POST", "/v1/events", &[("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]);
    for piece in body.chunks(64 << 10) {
        client.chunk(piece);
    }
    assert_eq!(client.answer("POST").status, 413);
}

#[test]
fn bodies_share_what_they_may_take() {
    let server = Server::start_with(config(|config| config.body_memory_bytes = 1 << 20));
    let half = vec![b' '; 900 << 10];
    let json = [("Content-Type", "application/json")];
    let ask = || Client::connect(server.address).ask("POST", "/v1/events", &json, &half);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        // One that stays, with most of what there is; whether it or the other has it first is up to them.
        let mut first = Client::connect(server.address);
        first.head("POST", "/v1/events", &[json[0], ("Content-Length", "1000000")]);
        first.write(&half);
        let answer = ask();
        if answer.status == 503 {
            assert_eq!((answer.header("retry-after"), answer.json()["code"].as_str()), (Some("1"), Some("overloaded")));
            break;
        }
        assert!(Instant::now() < deadline, "the first body takes nothing");
    }
    // Blanks are no event; what matters is that the body was read.
    let deadline = Instant::now() + Duration::from_secs(30);
    while ask().status != 400 {
        assert!(Instant::now() < deadline, "the room is not given back");
    }
}

#[test]
fn long_answers_that_nobody_takes_share_what_bodies_may_take() {
    let server = Server::start_with(config(|config| config.body_memory_bytes = 4 << 20));
    let details = "x".repeat(60 << 10);
    for _ in 0..20 {
        server.audit.record(annals::Event::new("tool.invoked").details(annals::json!({"text": details}))).unwrap();
    }
    server.audit.flush().unwrap();
    let ask = |path: &str| Client::connect(server.address).ask("GET", path, &[], b"");
    // Each asks for several pages of a mebibyte at once and takes none; what its socket holds is not the server's.
    let many = format!("GET /v1/events HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).repeat(8);
    let mut greedy = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(30);
    let refused = loop {
        let answer = ask("/v1/events");
        if answer.status == 503 {
            break answer;
        }
        assert!(Instant::now() < deadline, "nobody is told");
        let mut socket = connect(&server);
        socket.write_all(many.as_bytes()).unwrap();
        greedy.push(socket);
    };
    assert_eq!((refused.header("retry-after"), refused.json()["code"].as_str()), (Some("1"), Some("overloaded")));
    // What is short needs no room.
    assert_eq!(ask("/v1/events?limit=1").status, 200);
    drop(greedy);
    let deadline = Instant::now() + Duration::from_secs(30);
    while ask("/v1/events").status != 200 {
        assert!(Instant::now() < deadline, "the room is not given back");
    }
}

#[test]
fn a_page_of_long_events_ends_early_on_every_wire() {
    let server = Server::start();
    let details = "x".repeat(60 << 10);
    for _ in 0..40 {
        server.audit.record(annals::Event::new("tool.invoked").details(annals::json!({"text": details}))).unwrap();
    }
    server.audit.flush().unwrap();
    let mut cursor = String::new();
    let (mut n_events, mut n_pages) = (0, 0);
    loop {
        let answer = Client::connect(server.address).ask("GET", &format!("/v1/events?limit=1000{cursor}"), &[], b"");
        assert!(answer.body.len() < 1_200_000, "{}", answer.body.len());
        let page = answer.json();
        n_events += page["events"].as_array().unwrap().len();
        n_pages += 1;
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((n_events, n_pages), (40, 3));
}

#[test]
fn an_array_has_so_many_events_and_no_more() {
    let server = Server::start();
    let ask = |body: &str| {
        let json = [("Content-Type", "application/json")];
        Client::connect(server.address).ask("POST", "/v1/events", &json, body.as_bytes())
    };
    let of = |n: usize| format!(" [ {} ] ", vec![r#"{"event_type":"tool.invoked"}"#; n].join(" , "));
    assert_eq!((ask(&of(10_000)).status, ask(&of(10_001)).status), (202, 413));
    // Millions of nothings are not even looked at one by one.
    let nothings = format!("[{}0]", "0,".repeat(2_000_000));
    assert_eq!((ask(&nothings).status, ask("[0").status, ask("[] x").status), (413, 400, 400));
    server.audit.flush().unwrap();
    assert_eq!(server.audit.head().unwrap().n_events, 10_000);
}

#[test]
fn lines_that_do_not_end_share_what_bodies_may_take() {
    let server = Server::start_with(config(|config| config.body_memory_bytes = 1 << 20));
    let lines = [("Content-Type", "application/x-ndjson"), ("Transfer-Encoding", "chunked")];
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        // One that stays; whether it or the other has the room first is up to them.
        let mut first = Client::connect(server.address);
        first.head("POST", "/v1/events", &lines);
        first.chunk(&vec![b'x'; 900 << 10]);
        let line = vec![b'x'; 900 << 10];
        let answer = Client::connect(server.address).ask("POST", "/v1/events", &lines[..1], &line);
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), Some("1"));
            break;
        }
        assert_eq!(answer.status, 400);
        assert!(Instant::now() < deadline, "the first line takes nothing");
    }
}

#[test]
fn a_head_that_does_not_end_is_answered_and_cut() {
    let server = Server::start_with(config(|config| config.header_timeout = SHORT));
    let mut socket = connect(&server);
    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: local").unwrap();
    let answer = rest(&socket);
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("slow_client"), "{answer}");
}

#[test]
fn a_body_that_stops_is_answered_and_cut() {
    let server = Server::start_with(config(|config| config.body_timeout = SHORT));
    let mut socket = held(&server);
    socket.write_all(b"{\"ev").unwrap();
    let answer = rest(&socket);
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("slow_client"), "{answer}");
}

#[test]
fn a_connection_that_asks_for_nothing_is_closed() {
    let server = Server::start_with(config(|config| config.idle_timeout = SHORT));
    let silent = connect(&server);
    assert_eq!(rest(&silent), "");
    let mut kept = connect(&server);
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let answer = rest(&kept);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok\n"), "{answer}");
}

#[test]
fn a_client_that_takes_nothing_is_cut() {
    let server = Server::start_with(config(|config| config.write_timeout = SHORT));
    let details = "x".repeat(60 << 10);
    for _ in 0..300 {
        server.audit.record(annals::Event::new("tool.invoked").details(annals::json!({"text": details}))).unwrap();
    }
    server.audit.flush().unwrap();
    // Nearly twenty megabytes, more than sockets hold; nothing of it is read until the server has had enough.
    let mut socket = connect(&server);
    let head =
        "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\nConnection: close\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut other = Client::connect(server.address);
    let deadline = Instant::now() + Duration::from_secs(30);
    while other.ask("GET", "/healthz", &[], b"").status == 200 && !is_cut(&socket) {
        assert!(Instant::now() < deadline, "nobody cuts it");
    }
    assert!(rest(&socket).len() < 300 * (60 << 10), "all of it was sent");
}

/// Whether the other side has given up the connection: nothing can be sent any more.
fn is_cut(mut socket: &TcpStream) -> bool {
    socket.write_all(b" ").is_err()
}

#[test]
fn a_stop_lets_a_request_end_and_then_stops_waiting() {
    let server = Server::start_with(config(|config| config.stop_timeout = SHORT));
    let mut working = held(&server);
    let other = held(&server);
    let stopping = std::thread::spawn(move || drop(server));
    working.write_all(b"{\"a\": 1} ").unwrap();
    let answer = rest(&working);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    // The other one never sends its body, and the server ends all the same.
    stopping.join().unwrap();
    assert_eq!(rest(&other), "");
}
