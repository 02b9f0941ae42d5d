//! What the server records of itself.

use std::time::{Duration, Instant};

use annals::{Audit, Filter, PageRequest, StoredEvent};
use annals_server::Config;

use crate::server::Server;

fn told(audit: &Audit, event_type: &str) -> Vec<StoredEvent> {
    let filter = Filter::new().event_type(event_type);
    audit.query(&filter, &PageRequest::default()).expect("the log is there").events
}

/// The one event of this type, waited for.
fn one(audit: &Audit, event_type: &str) -> StoredEvent {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        // Before the first event there is no log to ask.
        if let Ok(()) = audit.flush()
            && let Ok(page) = audit.query(&Filter::new().event_type(event_type), &PageRequest::default())
            && let [event] = &page.events[..]
        {
            return event.clone();
        }
        assert!(Instant::now() < deadline, "no `{event_type}`");
        std::thread::yield_now();
    }
}

#[test]
fn a_server_says_that_it_began_and_how_it_is_set_up_and_that_it_ended() {
    let mut config = Config::default();
    config.max_streams = 7;
    let mut server = Server::start_as_it_is(config);
    // Nothing was asked of it: it opens its log by itself.
    let started = one(&server.audit, "audit.started");
    assert_eq!(
        (started.space.as_str(), started.credential.as_deref()),
        ("default", Some(annals::system_user().as_str()))
    );
    let configured = one(&server.audit, "audit.configured");
    assert!(configured.details.expect("it has details").contains(r#""server_max_streams":"7""#));
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.ask("GET", "/readyz", "").0 != 200 {
        assert!(Instant::now() < deadline, "it is never ready");
    }
    let audit = server.audit.clone();
    assert_eq!(told(&audit, "audit.stopped").len(), 0);
    server.stop();
    audit.flush().expect("the journal is drained");
    assert_eq!(told(&audit, "audit.stopped").len(), 1);
}

#[test]
fn nobody_else_can_say_that() {
    let server = Server::start();
    for name in ["audit.started", "audit.stopped", "audit.configured", "audit.alive", "audit.gap"] {
        let (status, problem) = server.ask("POST", "/v1/events", &format!(r#"{{"event_type":"{name}"}}"#));
        assert_eq!(status, 400, "{problem}");
    }
}
