//! The primary dies under load, and its standby takes over: what was answered durable is there, and the nodes go on by themselves.

use std::time::{Duration, Instant};

use annals_testkit::postgres::{Flush, OWNER, Server};
use annals_testkit::{PATIENCE, keep_line, until};

use super::beds_at;
use super::load::Load;
use crate::bed::{DEADLINE, lasting_port};
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
    let began = Instant::now();
    standby.promote();
    load.wait_for(1);
    let took = began.elapsed();
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

#[test]
fn what_an_asynchronous_standby_lacks_is_missed() {
    let primary = Server::alone(Flush::None);
    primary.create("log", "template0");
    primary.sql("log", "CREATE EXTENSION vector");
    let standby = primary.standby();
    let hosts = format!("{},{}", primary.socket().display(), standby.socket().display());
    let url = format!("postgres:///log?user={OWNER}&host={hosts}&target_session_attrs=read-write");
    let beds = beds_at(&[&url, &url]);
    let mut servers: Vec<Running> = beds.iter().map(|bed| Running::start(bed, "127.0.0.1:0", &[], &[])).collect();
    let mut clients: Vec<Client> = servers.iter().map(|server| Client::new(server.address)).collect();
    assert!(clients[0].post("there", "durable") && clients[1].post("there too", "durable"));
    let n_events = || standby.sql("log", "SELECT count(*) FROM event").parse::<usize>().unwrap();
    until("the standby has both", PATIENCE, || {
        primary.sql("log", "SELECT count(*) FROM event") == n_events().to_string()
    });
    standby.sql("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
    standby.sql("postgres", "SELECT pg_reload_conf()");
    until("nothing more comes", PATIENCE, || {
        standby.sql("postgres", "SELECT count(*) FROM pg_stat_wal_receiver") == "0"
    });
    let n_there = n_events();
    for client in &mut clients {
        assert!(client.post("lost", "sealed"), "it is durable, signed, and published");
    }
    primary.kill();
    standby.promote();
    for client in &mut clients {
        let began = Instant::now();
        while client.post("meanwhile", "accepted") {
            assert!(began.elapsed() < DEADLINE, "it goes on as if nothing was missing");
        }
        let (_, health) = client.ask("GET", "/v1/health", "", "").unwrap();
        assert!(health.contains(r#""state":"failing""#), "{health}");
    }
    assert_eq!(n_events(), n_there, "nothing is added to what lacks something");
    let ran = beds[0].run(&["verify"]);
    assert_eq!((ran.code, &ran.rows()[0]["verdict"]), (Some(1), &"rolled back".into()), "{ran:?}");
    for server in &mut servers {
        server.stop();
    }
    beds[0]
        .run(&["record", "--type", "tool.invoked", "--set", "audit_async=false"])
        .refused(3, &["was cut or put back", "--accept-rollback"]);
    let accepted = beds[0].run(&["checkpoint", "--accept-rollback"]);
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
    beds[0].good(&["record", "--type", "tool.invoked", "--wait", "durable"]);
    let declared = beds[0].good(&["query", "--type", "audit.continued"]).rows();
    assert_eq!(declared.len(), 1, "{declared:?}");
}
