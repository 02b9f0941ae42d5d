//! A database without tables, and many who open it at once: one makes the tables and names the log, and nobody meets anything but that.

use std::sync::Arc;

use annals_postgres::{OpenMode, PostgresStore};
use annals_store::EventStore;
use annals_testkit::postgres::Database;
use annals_testkit::{Gate, Threads};

/// How many are released at once.
const N_OPENERS: usize = 8;

#[test]
fn many_who_open_an_empty_database_at_once_open_one_log() {
    let database = Database::with_vectors();
    let gate = Arc::new(Gate::new("openers", N_OPENERS));
    let mut threads = Threads::new();
    for n in 0..N_OPENERS {
        let (gate, url) = (Arc::clone(&gate), database.url().to_owned());
        threads.spawn(format!("opener {n}"), move || {
            gate.wait();
            PostgresStore::open(&url, OpenMode::ReadWriteCreate).map(|store| store.log_ids())
        });
    }
    let logs: Vec<_> = threads.join().into_iter().map(|opened| opened.unwrap()).collect();
    assert!(logs.windows(2).all(|two| two[0] == two[1]), "{logs:?}");
}
