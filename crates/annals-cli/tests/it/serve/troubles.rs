//! What a server meets: another one on its port or its data, addresses that everybody reaches, a full disk, dead journals.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use annals_testkit::SmallDisk;

use super::client::Client;
use super::running::Running;
use crate::bed::{Bed, DEADLINE};

#[test]
fn a_port_that_is_taken_is_told() {
    let bed = Bed::new();
    let server = Running::on(&bed);
    let address = server.address.to_string();
    bed.run(&["serve", "--listen", &address]).refused(3, &[&address, "hint:", "--listen"]);
}

#[test]
fn an_address_that_others_reach_needs_credentials() {
    let bed = Bed::new();
    bed.run(&["serve", "--listen", "0.0.0.0:0"])
        .refused(2, &["0.0.0.0:0", "--token-file", "ANNALS_JWT_SECRET", "--insecure"]);
    bed.run(&["serve", "--listen", "nowhere"]).refused(2, &["--listen", "127.0.0.1:8420"]);
    let tokens = bed.file("tokens", "");
    std::fs::set_permissions(&tokens, std::fs::Permissions::from_mode(0o600)).unwrap();
    bed.run(&["serve", "--token-file", tokens.to_str().unwrap()]).refused(2, &["has no token"]);
    let mut command = bed.command(&["serve"]);
    command.env("ANNALS_JWT_SECRET", "hunter2-hunter2");
    let ran = crate::bed::finish(crate::bed::spawn(&mut command));
    assert!(!ran.err.contains("hunter2"), "{ran:?}");
    ran.refused(2, &["ANNALS_JWT_SECRET", "short"]);
    // Nothing was made for any of them.
    assert!(!bed.data().exists());
    let mut insecure = Running::start(&bed, "0.0.0.0:0", &["--insecure"], &[]);
    assert!(insecure.stop().success());
}

#[test]
fn a_variable_that_is_misspelt_is_told() {
    let bed = Bed::new();
    let mut command = bed.command(&["serve"]);
    command.env("ANNALS_SERVER_MAX_BODI", "1MiB");
    let ran = crate::bed::finish(crate::bed::spawn(&mut command));
    ran.refused(2, &["ANNALS_SERVER_MAX_BODI", "ANNALS_SERVER_MAX_BODY"]);
}

#[test]
fn two_servers_on_one_log_write_one_log() {
    let bed = Bed::new();
    let mut servers = [Running::on(&bed), Running::on(&bed)];
    let mut clients = servers.each_ref().map(|server| Client::new(server.address));
    for n in 0..40 {
        let wait = if n % 2 == 0 { "accepted" } else { "durable" };
        assert!(
            clients[n % 2].post(&format!("file-{n}"), wait) && clients[(n + 1) % 2].post(&format!("file-{n}b"), wait)
        );
    }
    for server in &mut servers {
        assert!(server.stop().success());
    }
    assert_eq!(bed.good(&["count", "--type", "resource_modified"]).rows()[0]["count"], 80);
    bed.good(&["verify"]);
}

#[test]
fn what_a_dead_server_left_is_drained_before_anybody_asks() {
    let bed = Bed::new();
    let mut server = Running::on(&bed);
    let mut client = Client::new(server.address);
    for n in 0..50 {
        assert!(client.post(&format!("file-{n}"), "accepted"));
    }
    server.kill_and_start(&bed);
    let began = Instant::now();
    // No request reaches the server: the count is read from the data.
    while bed.run(&["count", "--type", "resource_modified"]).rows().first().is_none_or(|row| row["count"] != 50) {
        assert!(began.elapsed() < DEADLINE, "nobody drains them");
    }
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    SmallDisk::run("serve::troubles::a_full_disk_is_told_and_loses_nothing", 24 << 20, |disk| {
        let bed = Bed::new();
        let data = disk.path().join("trail");
        let mut server = Running::start(
            &bed,
            "127.0.0.1:0",
            &["--data", data.to_str().unwrap(), "--set", "audit_journal_bytes=1MiB"],
            &[],
        );
        let mut client = Client::new(server.address);
        assert!(client.post("before", "durable"));
        let filling = disk.fill();
        // The journal has its room reserved; when that is used up, the server says so.
        let mut n_answered = 0;
        let began = Instant::now();
        let refusal = loop {
            assert!(began.elapsed() < DEADLINE, "it is never full");
            let details = "x".repeat(10_000);
            let body =
                format!(r#"{{"event_type":"resource_modified","resource":"full","details":{{"text":"{details}"}}}}"#);
            let (status, text) = client.ask("POST", "/v1/events", "Content-Type: application/json\r\n", &body).unwrap();
            if status != 202 {
                break (status, text);
            }
            n_answered += 1;
        };
        assert_eq!(refusal.0, 503, "{}", refusal.1);
        assert!(!refusal.1.contains("trail"), "{}", refusal.1);
        // It lives, and says that it is not well where it is asked.
        assert_eq!(client.ask("GET", "/healthz", "", "").unwrap().0, 200);
        let began = Instant::now();
        while !client.ask("GET", "/readyz", "", "").unwrap().1.contains("disk under the database is full") {
            assert!(began.elapsed() < DEADLINE, "it says that it is ready");
        }
        drop(filling);
        let began = Instant::now();
        while !client.post("after", "durable") {
            assert!(began.elapsed() < DEADLINE, "it does not recover");
        }
        assert!(server.stop().success());
        let counted = |resource: &str| {
            let ran = bed.good(&["count", "--resource", resource, "--data", data.to_str().unwrap()]);
            ran.rows()[0]["count"].as_u64().unwrap()
        };
        assert_eq!((counted("before"), counted("after") >= 1, counted("full")), (1, true, n_answered));
    });
}

#[test]
fn a_disk_that_was_full_from_the_start_is_no_good_health() {
    SmallDisk::run("serve::troubles::a_disk_that_was_full_from_the_start_is_no_good_health", 3 << 20, |disk| {
        let bed = Bed::new();
        let data = disk.path().join("trail");
        std::fs::create_dir(&data).unwrap();
        let filling = disk.fill();
        let mut server = Running::start(&bed, "127.0.0.1:0", &["--data", data.to_str().unwrap()], &[]);
        let mut client = Client::new(server.address);
        let began = Instant::now();
        let state = loop {
            let (status, text) = client.ask("GET", "/v1/health", "", "").unwrap();
            assert_eq!(status, 200, "{text}");
            let health: serde_json::Value = serde_json::from_str(&text).unwrap();
            if health["state"] != "ok" {
                break health["state"].as_str().unwrap().to_owned();
            }
            assert!(began.elapsed() < DEADLINE, "it says that all is well: {text}");
        };
        assert_eq!(state, "degraded", "room on the disk mends it");
        assert_eq!(client.ask("GET", "/readyz", "", "").unwrap().0, 503);
        let (_, metrics) = client.ask("GET", "/metrics", "", "").unwrap();
        assert!(metrics.contains("annals_last_error 1"), "{metrics}");
        assert!(metrics.contains("annals_health_state{state=\"degraded\"} 1"), "{metrics}");
        drop(filling);
        server.kill();
    });
}

#[test]
fn what_the_database_has_does_not_wait() {
    let bed = Bed::new();
    let mut server = Running::on(&bed);
    let mut client = Client::new(server.address);
    for _ in 0..5 {
        assert!(client.post("file", "durable"));
    }
    // The journal's file still holds them.
    let row = bed.good(&["health", "--json"]).rows().remove(0);
    assert_eq!((&row["queued"], &row["state"]), (&0.into(), &"ok".into()), "{row}");
    assert!(row["journals"].as_array().unwrap().iter().any(|journal| journal["state"] == "live"), "{row}");
    assert!(server.stop().success());
}
