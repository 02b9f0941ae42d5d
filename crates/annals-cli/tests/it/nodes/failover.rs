//! The primary dies under load, and its standby takes over: what was answered durable is there, and the nodes go on by themselves.

use std::time::{Duration, Instant};

use annals_testkit::keep_line;
use annals_testkit::postgres::{Flush, OWNER, Server};

use super::beds_at;
use super::load::Load;
use crate::bed::lasting_port;
use crate::serve::client::Client;
use crate::serve::running::Running;

/// How soon the nodes go on once there is a primary again.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn nothing_that_was_durable_is_lost_with_the_primary() {
    let primary = Server::alone(Flush::None);
    primary.create("log", "template0");
    primary.sql("log", "CREATE EXTENSION vector");
    let standby = primary.standby();
    primary.wait_for_standbys();
    let hosts = format!("{},{}", primary.socket().display(), standby.socket().display());
    let url = format!("postgres:///log?user={OWNER}&host={hosts}&target_session_attrs=read-write");
    let beds = beds_at(&[&url, &url]);
    let start = |bed| Running::start(bed, &format!("127.0.0.1:{}", lasting_port()), &[], &[]);
    let mut servers: Vec<Running> = beds.iter().map(start).collect();
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let load = Load::on(&addresses);
    load.wait_for(400);
    primary.kill();
    // Nobody writes now, and both say so.
    for address in &addresses {
        let began = Instant::now();
        loop {
            let (status, health) = Client::new(*address).ask("GET", "/v1/health", "", "").unwrap();
            assert_eq!(status, 200, "{health}");
            if health.contains(r#""state":"degraded""#) {
                break;
            }
            assert!(!health.contains(r#""state":"failing""#) && began.elapsed() < SOON, "{health}");
        }
    }
    standby.promote();
    let took = load.wait_for(1);
    assert!(took < SOON, "they go on after {took:?}");
    load.wait_for(400);
    let said = load.end();
    for server in &mut servers {
        assert!(server.stop().success());
    }
    let n_events = said.check(&beds[1]);
    keep_line(&format!(
        "- The primary of two nodes was killed under eight producers and its standby promoted: they went on {} ms later by themselves; {} events were answered, each is among the {n_events} of the log once and in its producer's order, and the log verifies.",
        took.as_millis(),
        said.n_answered()
    ));
}
