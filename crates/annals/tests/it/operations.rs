//! What `begin` opened is ended by somebody, however its process or its service goes.

use std::sync::Arc;
use std::time::Duration;

use annals::{Audit, ErrorKind, Event, Filter, Mode, Outcome, Settings};
use annals_testkit::{HeldStore, Memory, PATIENCE};

fn intent() -> Event {
    Event::new("tool.invoked").tool("write_file").session("s-1").actor("bot")
}

fn n_unknown(audit: &Audit) -> u64 {
    audit.count(&Filter::new().outcome(Outcome::Unknown)).unwrap()
}

/// A service whose store is down from the moment `close` needs it; what it left open is ended by the next service of the same data directory.
fn check_down_at_close(mode: Mode) {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::new();
    let store = HeldStore::over(memory.store());
    let opened = Arc::clone(&store);
    let settings = Settings::new(folder.path()).mode(mode).record_timeout(Some(Duration::from_millis(100)));
    let audit = Audit::with_opener(&settings, move || Ok(Arc::clone(&opened) as _)).unwrap();
    let operation = audit.begin(intent()).unwrap();
    operation.intent().wait_durable(PATIENCE).unwrap();
    store.break_down(annals::store::ErrorKind::StorageFull);
    assert_eq!(audit.close().unwrap_err().kind(), ErrorKind::StorageFull);
    // The service is closed: this outcome cannot be recorded any more.
    assert_eq!(operation.succeed().unwrap_err().kind(), ErrorKind::Closed);

    let next = Audit::with_opener(&settings, move || Ok(memory.store() as _)).unwrap();
    assert_eq!(n_unknown(&next), 0);
    next.record(Event::new("session.created")).unwrap().wait_durable(PATIENCE).unwrap();
    annals_testkit::until("the operation is ended", PATIENCE, || n_unknown(&next) == 1);
    next.close().unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join("journal")).unwrap().count(), 0);
}

#[test]
fn an_operation_whose_store_is_down_at_close_is_ended_by_the_next() {
    check_down_at_close(Mode::Asynchronous);
}

#[test]
fn a_synchronous_operation_whose_store_is_down_at_close_is_ended_by_the_next() {
    check_down_at_close(Mode::Synchronous);
}

#[test]
fn closing_ends_what_is_still_open() {
    for mode in [Mode::Asynchronous, Mode::Synchronous] {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::with_settings(&Settings::new(folder.path().join("trail")).mode(mode)).unwrap();
        let _open = audit.begin(intent()).unwrap();
        audit.begin(intent()).unwrap().succeed().unwrap();
        audit.close().unwrap();
        let reader = Audit::open(folder.path().join("trail")).unwrap();
        assert_eq!((n_unknown(&reader), reader.count(&Filter::new()).unwrap()), (1, 4), "{mode:?}");
    }
}
