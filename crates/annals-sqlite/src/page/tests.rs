//! The plans that SQLite makes of our statements: each filter by its index, in the log's order, and nothing sorted.

use annals_event::{Column, Decision, Outcome, Timestamp};
use annals_store::{Filter, Glob, Order};
use rusqlite::{Connection, params_from_iter};

use super::select;
use crate::conditions::{Plan, Sql};
use crate::connection::{Create, reader, writer};
use crate::location::Location;
use crate::opening::Patience;
use crate::turnstile::Turnstile;
use crate::{migration, sql};

/// A database with a row of each type that the tests name.
fn database() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::new(&folder.path().join("annals.db")).unwrap();
    Turnstile::open(&location).unwrap();
    let mut connection = writer(&location, Create::Missing, Patience::USUAL).unwrap();
    migration::apply(&mut connection, &location, Timestamp::from_nanos(0)).unwrap();
    for (seq, event_type) in (0_u8..).zip(["tool.invoked", "tool.completed", "plan_applied"]) {
        let row =
            "INSERT INTO event (seq, id, event_type, created_at, recorded_at, space, producer, pseq, phase, n_redacted)
            VALUES (?1, ?2, ?3, 0, 0, 'default', x'00', 0, 'single', 0)";
        connection.execute(row, rusqlite::params![seq, [seq; 16], event_type]).unwrap();
    }
    drop(connection);
    let connection = reader(&location).unwrap();
    (folder, connection)
}

/// What SQLite says that it will do.
fn explained(connection: &Connection, sql: &Sql) -> Vec<String> {
    connection
        .prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text))
        .unwrap()
        .query_map(params_from_iter(&sql.values), |row| row.get(3))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// Every statement of a filter's pages is this one search, in either order, and the count of its drivers needs no row.
fn check(filter: &Filter, expected: &str) {
    let (_folder, connection) = database();
    let plan = Plan::new(&connection, filter).unwrap();
    assert!(!plan.drivers.is_empty(), "{filter:?}");
    let none = Sql::default();
    for driver in &plan.drivers {
        for order in [Order::Newest, Order::Oldest] {
            let page = select(driver, sql::EVENT_COLUMNS, plan.seqs, &plan.rest, &none, order, 101);
            assert_eq!(explained(&connection, &page), [expected], "{}", page.text);
            let bound = select(driver, "seq", plan.seqs, &none, &none, order, 20_000);
            let covering = expected.replace("USING INDEX", "USING COVERING INDEX");
            assert_eq!(explained(&connection, &bound), [covering], "{}", bound.text);
        }
    }
}

const LOG: &str = "SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";

#[test]
fn each_indexed_column_is_searched_by_its_index() {
    for name in ["operation_id", "correlation_id", "session_id", "plan_id", "actor_name", "tool", "project_name"] {
        let column = Column::from_name(name).unwrap();
        let by_index = format!("SEARCH event USING INDEX event_{name} ({name}=? AND rowid>? AND rowid<?)");
        check(&Filter::new().equals(column, "x"), &by_index);
        // With everything else beside it, the index still leads.
        let mut filter = Filter::new()
            .equals(column, "x")
            .equals(Column::UserIdentity, "u")
            .outcome(Outcome::Denied)
            .decision(Decision::Deny)
            .resource(Glob::parse("**/.env*").unwrap());
        filter.text = Some("x".into());
        filter.space = Some("default".into());
        filter.created_since = Some(Timestamp::from_nanos(1));
        check(&filter, &by_index);
    }
}

#[test]
fn the_rarer_column_leads() {
    let filter = Filter::new()
        .equals(Column::ProjectName, "p")
        .equals(Column::Tool, "t")
        .equals(Column::SessionId, "s")
        .event_type("tool.*");
    check(&filter, "SEARCH event USING INDEX event_session_id (session_id=? AND rowid>? AND rowid<?)");
    let filter = Filter::new().equals(Column::ProjectName, "p").event_type("plan_applied");
    check(&filter, "SEARCH event USING INDEX event_event_type (event_type=? AND rowid>? AND rowid<?)");
}

#[test]
fn a_family_is_its_types_each_by_the_index() {
    let filter = Filter::new().event_type("tool.*").outcome(Outcome::Denied);
    check(&filter, "SEARCH event USING INDEX event_event_type (event_type=? AND rowid>? AND rowid<?)");
    let (_folder, connection) = database();
    assert_eq!(Plan::new(&connection, &filter).unwrap().drivers.len(), 2);
}

#[test]
fn what_has_no_index_walks_the_log_in_its_order() {
    check(&Filter::new(), LOG);
    check(&Filter::new().outcome(Outcome::Failure), LOG);
    check(&Filter::new().equals(Column::Resource, "r"), LOG);
    check(&Filter::new().resource(Glob::parse("src/*.rs").unwrap()), LOG);
}

#[test]
fn the_fixed_statements_search_and_never_scan() {
    let (_folder, connection) = database();
    for (text, expected) in [
        (sql::EVENT_BY_ID, "SEARCH event USING INDEX event_id (id=?)"),
        (sql::EVENT_BY_SEQ, "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"),
        (sql::IDS_WITH_PREFIX, "SEARCH event USING COVERING INDEX event_id (id>? AND id<?)"),
        (sql::NEXT_SESSION, "SEARCH event USING COVERING INDEX event_session_id (session_id>?)"),
        (sql::NEXT_TYPE, "SEARCH event USING COVERING INDEX event_event_type (event_type>? AND event_type<?)"),
        (sql::RECORDED_AT_OR_AFTER, "SEARCH event USING INTEGER PRIMARY KEY (rowid>?)"),
        (sql::MARK, "SEARCH producer USING PRIMARY KEY (producer=?)"),
        (sql::COUNT_EVENTS, "SCAN event USING COVERING INDEX event_event_type"),
    ] {
        // Without values every parameter is NULL, which changes no plan.
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get::<_, String>(3).unwrap());
        }
        assert_eq!(plan, [expected], "{text}");
    }
}
