//! Why a node waits for its database: each reason is logged, not the first alone.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use crate::bed::{Bed, DEADLINE, lasting_port};
use crate::serve::running::Running;

/// What nothing may repeat.
const PASSWORD: &str = "hunter2secret";

/// Answers as PostgreSQL does to somebody with a wrong password.
fn refuse(mut connection: TcpStream) {
    let mut n_bytes = [0; 4];
    connection.read_exact(&mut n_bytes).unwrap();
    let mut rest = vec![0; usize::try_from(u32::from_be_bytes(n_bytes)).unwrap() - 4];
    connection.read_exact(&mut rest).unwrap();
    let fields = "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"ann\"\0\0";
    let n_bytes = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
    let answer = [b"E", &n_bytes[..], fields.as_bytes()].concat();
    // A node that ends in the meantime reads no answer.
    let _ = connection.write_all(&answer);
    let _ = connection.shutdown(Shutdown::Write);
}

#[test]
fn a_reason_that_has_become_another_one_is_logged_too() {
    let port = lasting_port();
    let place = format!("`127.0.0.1:{port}`");
    let bed = Bed::at(&format!("postgres://ann:{PASSWORD}@127.0.0.1:{port}/annals?sslmode=disable"));
    let node = Running::start(&bed, "127.0.0.1:0", &["--set", "server_stop_timeout=1s"], &[]);
    let mut log = Vec::new();
    let mut wait_for = |reason: &str| loop {
        let line = node.log.recv_timeout(DEADLINE).unwrap();
        log.push(line);
        let line = log.last().unwrap();
        if line.contains("recording waits") && line.contains(reason) {
            assert!(line.contains(&place) && line.contains("hint:"), "{line}");
            return;
        }
    };
    wait_for("Connection refused");
    let server = TcpListener::bind(("127.0.0.1", port)).unwrap();
    thread::spawn(move || server.incoming().map_while(Result::ok).for_each(refuse));
    wait_for("password authentication failed for user \"ann\", SQLSTATE 28P01");
    drop(node);
    assert!(!log.concat().contains(PASSWORD));
    // The first reason was logged once, however often it was met.
    let n_told = log.iter().filter(|line| line.contains("recording waits") && line.contains("refused")).count();
    assert_eq!(n_told, 1, "{log:?}");
}
