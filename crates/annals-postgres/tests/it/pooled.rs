//! The suites once more, behind a pooler that gives every transaction another connection.

use std::sync::Arc;

use annals_postgres::{OpenMode, PostgresStore};
use annals_store::EventStore;
use annals_store::suite::Database;
use annals_testkit::postgres::{Pooler, Pooling};

use crate::support::{Place, WRITER, append, plain, producer};

/// A database that is reached through a pooler.
struct Pooled {
    pooler: Pooler,
    place: Place,
}

impl Pooled {
    #[track_caller]
    fn new() -> Self {
        let place = Place::new();
        Self { pooler: Pooler::start(&place.0, Pooling::Transaction), place }
    }
}

impl Database for Pooled {
    fn open(&self) -> Arc<dyn EventStore> {
        Arc::new(PostgresStore::open(&self.pooler.url_as(WRITER), OpenMode::ReadWriteCreate).unwrap())
    }
}

annals_store::event_store_suite!(Pooled::new);

mod entries {
    use super::Pooled;

    annals_store::awareness_store_suite! { @each Pooled::new =>
        an_entry_is_given_back_as_it_was_put
        a_change_is_in_the_log_with_its_entry
        a_work_that_stops_leaves_nothing
        a_key_is_made_once_by_many_at_once
        of_many_changes_at_once_none_is_lost
        nothing_of_a_space_is_seen_from_another
        pages_show_each_entry_once
        words_find_entries_by_weight
        vectors_find_what_points_the_same_way
        one_at_a_time_has_the_turn_to_embed
        who_read_an_entry_is_told_by_the_log
        nothing_beside_the_entries_goes_astray
    }
}

#[test]
fn the_pooler_has_fewer_connections_than_those_who_use_it() {
    let place = Pooled::new();
    let stores: Vec<_> = (0..4).map(|_| place.open()).collect();
    std::thread::scope(|scope| {
        for (store, n) in stores.iter().zip(1..) {
            scope.spawn(move || append(&**store, producer(n), 0, &plain(20)).unwrap());
        }
    });
    assert_eq!(stores[0].head().unwrap().n_events, 80);
    let n = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'annals_writer'";
    assert!(place.place.0.sql(n).parse::<usize>().unwrap() <= 2);
}
