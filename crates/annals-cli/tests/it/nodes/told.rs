//! What is recorded, or known, at one node reaches the clients of the others, also when the connection that tells of it was lost meanwhile.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

use annals_testkit::postgres::{Database, OWNER, Pooler, Pooling};
use annals_testkit::{PATIENCE, until};
use serde_json::{Value, json};

use super::{Nodes, beds_at};
use crate::bed::DEADLINE;
use crate::serve::client::Client;
use crate::serve::running::Running;

const BRIEFING: &str = "awareness://briefing";
/// Those who listen for others, as the server knows them.
const LISTENERS: &str = "FROM pg_locks JOIN pg_stat_activity USING (pid) \
    WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted AND datname = current_database()";

/// An answer that goes on, line by line.
struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let length = body.len();
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        Self(BufReader::new(socket))
    }

    /// The next message.
    #[track_caller]
    fn next(&mut self) -> Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).expect("the stream goes on"), 0, "the stream has ended");
            let data = line.strip_prefix("data:").map(str::trim).filter(|data| !data.is_empty());
            if let Some(data) = data {
                return serde_json::from_str(data).unwrap();
            }
        }
    }

    /// The resources of the next so many events.
    #[track_caller]
    fn resources(&mut self, n_events: usize) -> Vec<String> {
        (0..n_events).map(|_| self.next()["resource"].as_str().unwrap().to_owned()).collect()
    }

    /// The next message of this method.
    #[track_caller]
    fn until(&mut self, method: &str) -> Value {
        loop {
            let message = self.next();
            if message["method"] == method {
                return message;
            }
        }
    }
}

/// Every file that is modified from the beginning of the log on.
fn follow(address: SocketAddr) -> Stream {
    Stream::open(address, "GET", "/v1/events/stream?from=0&type=resource_modified", "", "")
}

/// Follows the briefing over MCP.
fn listen(address: SocketAddr) -> Stream {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {
        "notifications": {"resourceSubscriptions": [BRIEFING]},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "late", "version": "2"},
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }});
    let headers = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
        MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n";
    let mut stream = Stream::open(address, "POST", "/mcp", headers, &body.to_string());
    stream.until("notifications/subscriptions/acknowledged");
    stream
}

fn alert(client: &mut Client, message: &str) {
    let arguments = json!({"source": "nas", "tags": [], "alert_id": message, "level": "warning", "alert_type": "threshold", "message": message});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "report_alert", "arguments": arguments}});
    let headers = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
    let (status, answer) = client.ask("POST", "/mcp", headers, &call.to_string()).unwrap();
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn what_one_node_records_reaches_the_clients_of_the_other() {
    let nodes = Nodes::sharing(2);
    let servers = nodes.start(&[]);
    // The control: a node of another log is told nothing of this one.
    let others = Nodes::sharing(1);
    let strangers = others.start(&[]);
    let [mut here, mut there] = [0, 1].map(|n| follow(servers[n].address));
    let mut elsewhere = follow(strangers[0].address);
    let mut briefed = listen(servers[1].address);
    let n_listeners = || nodes.database().sql(&format!("SELECT count(*) {LISTENERS}"));
    until("both nodes listen", PATIENCE, || n_listeners() == "2");

    let mut client = Client::new(servers[0].address);
    let files: Vec<String> = (0..30).map(|n| format!("file-{n}")).collect();
    for file in &files[..10] {
        assert!(client.post(file, "accepted"));
    }
    assert_eq!(there.resources(10), files[..10]);
    alert(&mut client, "full");
    assert_eq!(briefed.until("notifications/resources/updated")["params"]["uri"], BRIEFING);

    // What is recorded while nobody tells them arrives, and once.
    for (n, file) in files[10..20].iter().enumerate() {
        if n % 3 == 0 {
            nodes.database().sql(&format!("SELECT pg_terminate_backend(pid) {LISTENERS}"));
        }
        assert!(client.post(file, "durable"));
    }
    assert_eq!(there.resources(10), files[10..20]);
    alert(&mut client, "fuller");
    assert_eq!(briefed.until("notifications/resources/updated")["params"]["uri"], BRIEFING);
    until("both nodes listen again", PATIENCE, || n_listeners() == "2");
    for file in &files[20..] {
        assert!(client.post(file, "accepted"));
    }
    assert_eq!(there.resources(10), files[20..]);
    assert_eq!(here.resources(30), files, "who asks the node that records is told as well");

    let mut client = Client::new(strangers[0].address);
    assert!(client.post("of its own", "accepted"));
    assert_eq!(elsewhere.resources(1), ["of its own"]);
    nodes.beds[1].good(&["verify"]);
}

#[test]
fn behind_a_pooler_a_node_is_told_at_the_servers_own_address_or_looks_for_itself() {
    let database = Database::with_vectors();
    let pooler = Pooler::start(&database, Pooling::Transaction);
    let url = pooler.url_as(OWNER);
    let beds = beds_at(&[&url, &url]);
    let listen = ("ANNALS_LISTEN_URL", database.url());
    let servers = [&[][..], &[listen]].map(<[_]>::to_vec);
    let servers: Vec<Running> =
        beds.iter().zip(&servers).map(|(bed, variables)| Running::start(bed, "127.0.0.1:0", &[], variables)).collect();
    let mut streams: Vec<Stream> = servers.iter().map(|server| follow(server.address)).collect();
    let n_listeners = || database.sql(&format!("SELECT count(*) {LISTENERS}"));
    until("the node that may listens", PATIENCE, || n_listeners() == "1");
    let mut clients: Vec<Client> = servers.iter().map(|server| Client::new(server.address)).collect();
    for n in 0..10 {
        let file = format!("file-{n}");
        assert!(clients[n % 2].post(&file, "durable"));
        for stream in &mut streams {
            assert_eq!(stream.resources(1), [file.as_str()]);
        }
    }
    assert_eq!(n_listeners(), "1", "the other one looks, and holds nothing on a connection of the pooler's");
}
