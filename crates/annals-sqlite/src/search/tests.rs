//! That a search is asked of the index, in the log's order and without sorting.

use annals_store::{Filter, Order, Search};
use rusqlite::{Connection, params_from_iter};

use crate::conditions::{Plan, Sql};
use crate::migration::MIGRATIONS;
use crate::page::select;
use crate::sql;

#[test]
fn a_search_steps_the_index_of_words_in_its_order() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql::MIGRATION_TABLE).unwrap();
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql).unwrap();
    }
    super::add_function(&connection).unwrap();
    connection
        .execute_batch(
            "PRAGMA user_version = 7; UPDATE event_text_mark SET next_seq = 9; INSERT INTO event_space VALUES (1, 'default')",
        )
        .unwrap();
    let mut search = Search::default();
    search.words = vec![vec!["broken".to_owned()]];
    let plan = Plan::new(&connection, &Filter::new().space("default").search(search)).unwrap();
    assert_eq!((plan.drivers.len(), plan.unindexed), (2, Some(9)));
    for order in [Order::Newest, Order::Oldest] {
        let page = select(&plan.drivers[0], sql::EVENT_COLUMNS, plan.seqs, &plan.rest, &Sql::default(), order, 101);
        let explained: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", page.text))
            .unwrap()
            .query_map(params_from_iter(&page.values), |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(explained[0].starts_with("SCAN event_text VIRTUAL TABLE INDEX"), "{explained:?}");
        assert_eq!(explained[1..], ["SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"]);
    }
}
