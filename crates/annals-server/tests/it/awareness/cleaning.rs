//! What was long enough in the trash is gone for good, and on record.

use annals::{Audit, Caller, Column, Filter, PageRequest, Settings, Timestamp};
use annals_awareness::{Awareness, Context, tools};
use annals_postgres::PostgresStore;
use annals_server::Config;
use annals_sqlite::{Clock, OpenMode, SqliteStore};
use annals_testkit::postgres::Database;
use annals_testkit::{PATIENCE, until};
use serde_json::{Value, json};

use super::{done, note};
use crate::server::Server;

const DAY: i64 = 86_400_000_000_000;

/// A log as somebody left it so many days ago: a note in the trash, another beside it, and a context that has expired since.
fn left(n_days: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("as it should be");
    let data = folder.path().join("trail");
    std::fs::create_dir(&data).expect("as it should be");
    let then = i64::try_from(jiff::Timestamp::now().as_nanosecond()).expect("as it should be") - n_days * DAY;
    let database = data.join("annals.db");
    let audit = Audit::with_opener(&Settings::new(&data), move || {
        let clock = Clock::new(move || Timestamp::from_nanos(then));
        Ok(std::sync::Arc::new(SqliteStore::open_with_clock(&database, OpenMode::ReadWriteCreate, clock)?))
    })
    .expect("as it should be");
    leave(&audit, 1);
    folder
}

/// Leaves so many notes in the trash, another beside it, and a context that expires after a day.
fn leave(audit: &Audit, n_trashed: usize) {
    let service = Awareness::new(audit.clone());
    let caller = Caller::new("default", annals::system_user()).expect("as it should be");
    let context = Context { caller, client: None, traceparent: None };
    let call = |tool: &str, arguments: Value| {
        let Value::Object(members) = arguments else { panic!("arguments are an object") };
        tools::call(tool, &service, &context, members).expect("as it should be").value
    };
    for n in 0..n_trashed {
        let id = call("remember", note(format!("thrown away {n}")))["id"].clone();
        call("delete_entry", json!({"entry_id": id}));
    }
    call("remember", note("kept"));
    call("add_context", json!({"source": "s", "tags": [], "description": "for a day", "expires_days": 1}));
    audit.close().expect("as it should be");
}

/// A server over what was left, with these days to keep.
fn served(folder: tempfile::TempDir, purge_days: usize) -> Server {
    let mut config = Config::default();
    config.purge_days = purge_days;
    let audit = Audit::open(folder.path().join("trail")).expect("as it should be");
    Server::start_over(audit, folder, config)
}

fn in_trash(server: &Server) -> usize {
    done(server, "get_deleted", &json!({}))["entries"].as_array().expect("as it should be").len()
}

#[test]
fn what_was_thrown_away_long_ago_is_purged_and_told() {
    let server = served(left(40), 30);
    until("the trash is empty", PATIENCE, || in_trash(&server) == 0);
    let purged = Filter::new().event_type("entity_deleted");
    until("both are on record", PATIENCE, || server.audit.count(&purged).expect("as it should be") == 2);
    for event in server.audit.query(&purged, &PageRequest::default()).expect("as it should be").events {
        assert_eq!((event.credential.as_deref(), event.get(Column::Tool)), (Some("annals"), Some("cleaner")));
    }
    assert_eq!(done(&server, "get_stats", &json!({}))["total"], 1, "what nobody threw away stays");
}

#[test]
fn what_was_thrown_away_lately_is_kept_and_so_is_all_of_it_where_that_is_wanted() {
    for (n_days, purge_days) in [(20, 30), (40, 0)] {
        let mut server = served(left(n_days), purge_days);
        assert_eq!(in_trash(&server), 1);
        server.stop();
        assert_eq!(in_trash_of(&server), 1, "{n_days} {purge_days}");
    }
}

/// What is in the trash of a server that has stopped: whatever its cleaner would have done is done.
fn in_trash_of(server: &Server) -> u64 {
    1 - server.audit.count(&Filter::new().event_type("entity_deleted")).expect("as it should be")
}

#[test]
fn of_two_nodes_one_purges_each_entry() {
    const N_TRASHED: usize = 150;
    let database = Database::with_vectors();
    let settings = |folder: &tempfile::TempDir| Settings::new(folder.path().join("trail")).database_url(database.url());
    let then = i64::try_from(jiff::Timestamp::now().as_nanosecond()).expect("as it should be") - 40 * DAY;
    let folders = [(); 3].map(|()| tempfile::tempdir().expect("as it should be"));
    for folder in &folders {
        std::fs::create_dir(folder.path().join("trail")).expect("as it should be");
    }
    let [before, folders @ ..] = folders;
    let url = database.url().to_owned();
    let left = Audit::with_opener(&settings(&before), move || {
        let opening = annals_postgres::Opening::default().with_clock(Clock::new(move || Timestamp::from_nanos(then)));
        Ok(std::sync::Arc::new(PostgresStore::open_as(&url, OpenMode::ReadWriteCreate, opening)?))
    });
    leave(&left.expect("as it should be"), N_TRASHED);
    let gate = std::sync::Barrier::new(2);
    let served = |folder: tempfile::TempDir| {
        let audit = Audit::with_settings(&settings(&folder)).expect("as it should be");
        gate.wait();
        Server::start_over(audit, folder, Config::default())
    };
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starting = folders.map(|folder| scope.spawn(|| served(folder)));
        starting.map(|server| server.join().expect("as it should be")).into()
    });
    for server in &servers {
        until("the trash is empty", PATIENCE, || in_trash(server) == 0);
    }
    let audit = &servers[0].audit;
    let purged = Filter::new().event_type("entity_deleted").equals(Column::Tool, "cleaner");
    until("all are on record", PATIENCE, || (N_TRASHED as u64) < audit.count(&purged).expect("as it should be"));
    // A cleaner that has not come to its end by now would find nothing more either.
    let request = PageRequest { limit: annals::Limit::MAX, ..PageRequest::default() };
    let events = audit.query(&purged, &request).expect("as it should be").events;
    let entries: std::collections::BTreeSet<_> = events.iter().map(|event| event.get(Column::Resource)).collect();
    assert_eq!((events.len(), entries.len()), (N_TRASHED + 1, N_TRASHED + 1), "each once");
    assert_eq!(database.sql("SELECT count(*) FROM entry"), "1");
}
