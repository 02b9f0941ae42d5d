//! What named calls of entries were answered, beside the contract: for how long, and that old answers go.

use std::sync::{Arc, Mutex};

use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::awareness::Answered;
use annals_store::{EventStore, KEYS_KEPT};

use crate::support::{Place, SetClock, plain};

fn keep(store: &SqliteStore, key: u8) {
    let entries = store.awareness().expect("it keeps entries");
    let work = move |desk: &mut dyn annals_store::awareness::Desk| {
        desk.keep_answer(&[key; 32], &Answered { call: [7; 32], answer: "{}".to_owned() })?;
        Ok(plain(1))
    };
    entries.change("team", Box::new(work)).expect("kept");
}

fn is_there(store: &SqliteStore, key: u8) -> bool {
    let found = Arc::new(Mutex::new(false));
    let left = Arc::clone(&found);
    let entries = store.awareness().expect("it keeps entries");
    let work = move |desk: &mut dyn annals_store::awareness::Desk| {
        *left.lock().expect("nobody panics with it") = desk.answered(&[key; 32])?.is_some();
        Ok(Vec::new())
    };
    entries.change("team", Box::new(work)).expect("looked");
    *found.lock().expect("nobody panics with it")
}

#[test]
fn an_answer_is_forgotten_after_seven_days_and_its_row_goes() {
    let place = Place::new();
    let clock = SetClock::default();
    let day = 86_400_000_000_000;
    clock.set(100 * day);
    let store = SqliteStore::open_with_clock(&place.database, OpenMode::ReadWriteCreate, clock.clock()).unwrap();
    keep(&store, 1);
    let kept = i64::try_from(KEYS_KEPT.as_nanos()).unwrap();
    clock.set(100 * day + kept);
    assert!(is_there(&store, 1), "to the last moment");
    clock.set(100 * day + kept + 1);
    assert!(!is_there(&store, 1), "and no longer");
    keep(&store, 2);
    let n: i64 = place.connection().query_row("SELECT count(*) FROM entry_answer", [], |row| row.get(0)).unwrap();
    assert_eq!(n, 1, "old rows go with the next write");
}
