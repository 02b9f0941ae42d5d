//! Callers whom the process must know: nothing of a token is said, and a new file is read while it runs.

use std::time::Instant;

use rustix::process::Signal;

use super::client::Client;
use super::running::Running;
use crate::bed::{Bed, DEADLINE, bytes_below};

const ALICE: &str = "alice-token-0123456789";
const BOB: &str = "bob-token-0123456789ab";
const SECRET: &str = "a secret of more than thirty-two bytes";

fn status(client: &mut Client, token: &str) -> u16 {
    client.ask("GET", "/v1/events", &format!("Authorization: Bearer {token}\r\n"), "").unwrap().0
}

/// Waits until a token is answered so.
fn until(client: &mut Client, token: &str, expected: u16) {
    let began = Instant::now();
    while status(client, token) != expected {
        assert!(began.elapsed() < DEADLINE, "it is not answered {expected}");
    }
}

#[test]
fn a_new_file_of_tokens_is_read_at_sighup_and_no_token_is_said() {
    let bed = Bed::new();
    let tokens = bed.file("tokens", format!("{ALICE} alice red\n"));
    let path = tokens.to_str().unwrap();
    let mut server = Running::start(&bed, "127.0.0.1:0", &["--token-file", path], &[("ANNALS_JWT_SECRET", SECRET)]);
    let mut client = Client::new(server.address);
    assert_eq!((status(&mut client, ALICE), status(&mut client, BOB), status(&mut client, "")), (200, 401, 401));
    assert_eq!(client.ask("GET", "/healthz", "", "").unwrap().0, 200);
    // A bad file changes nothing, and the log says so.
    std::fs::write(&tokens, format!("{ALICE} alice red\n{BOB} bob\n")).unwrap();
    server.signal(Signal::HUP);
    let told = server.log.iter().find(|line| line.contains("line 2"));
    assert!(told.is_some_and(|line| !line.contains(BOB)));
    assert_eq!((status(&mut client, ALICE), status(&mut client, BOB)), (200, 401));
    std::fs::write(&tokens, format!("{BOB} bob blue\n")).unwrap();
    server.signal(Signal::HUP);
    until(&mut client, BOB, 200);
    until(&mut client, ALICE, 401);
    assert!(server.stop().success());
    let log: String = server.log.iter().collect();
    let data = String::from_utf8_lossy(&bytes_below(&bed.data())).into_owned();
    for secret in [ALICE, BOB, SECRET] {
        assert!(!log.contains(secret) && !data.contains(secret), "{log}");
    }
    let config = bed.good(&["config", "--set", &format!("server_token_file={path}")]);
    assert!(!config.out.contains(BOB) && !config.out.contains(SECRET));
}
