//! How long is waited for a connection and a statement, by what the address and whoever opened it say, and what stays on a connection.

use std::time::Duration;

use annals_store::ErrorKind;
use annals_testkit::postgres::{Database, OWNER, Pooler, Pooling};

use super::{Begin, Pool, Reach};
use crate::address::Address;
use crate::opening::Opening;

/// How long a connection is waited for, how long it may take to be made, and how long a statement.
fn times(address: &str, opening: &Opening) -> (Option<Duration>, Option<Duration>, Duration) {
    let pool = Pool::new(&Address::parse(address).unwrap(), opening).unwrap();
    let timeouts = pool.idle.timeouts();
    (timeouts.wait, timeouts.create, pool.limits.statement)
}

#[test]
fn an_address_counts_more_than_what_is_usual_and_stretches_no_bound() {
    let plain = "postgres:///log?host=/run/one,/run/two";
    let patient = format!("{plain}&connect_timeout=60&statement_timeout=1h");
    let hasty = format!("{plain}&connect_timeout=1&statement_timeout=20ms");
    let bounded = |at_most: Duration| Opening::from(annals_store::Opening::default().waiting_at_most(at_most));
    let (millis, seconds) = (Duration::from_millis, Duration::from_secs);
    for (address, opening, (wait, create, statement)) in [
        (plain, Opening::default(), (seconds(10), seconds(10), seconds(30))),
        (&patient, Opening::default(), (seconds(10), seconds(120), seconds(3_600))),
        (&hasty, Opening::default(), (seconds(10), seconds(2), millis(20))),
        (plain, bounded(millis(50)), (millis(50), millis(50), millis(50))),
        (&patient, bounded(millis(50)), (millis(50), millis(50), millis(50))),
        (&hasty, bounded(millis(50)), (millis(50), millis(50), millis(20))),
        // Over there no time at all is no limit.
        (&patient, bounded(Duration::ZERO), (millis(1), millis(1), millis(1))),
        (&patient, bounded(seconds(7_200)), (seconds(10), seconds(120), seconds(3_600))),
    ] {
        assert_eq!(times(address, &opening), (Some(wait), Some(create), statement), "{address} {opening:?}");
    }
}

/// How many spaces a transaction sees; the same statement each time.
const COUNT: &str = "SELECT count(*) FROM entry_space";

/// One connection to a database of two spaces, through this address of it.
fn two_spaces(database: &Database, url: &str) -> Pool {
    crate::migrate(database.url()).unwrap();
    database.sql("INSERT INTO entry_space (space, revision) VALUES ('one', 1), ('two', 1)");
    Pool::new(&Address::parse(&format!("{url}&pool_size=1")).unwrap(), &Opening::default()).unwrap()
}

#[test]
fn what_is_prepared_for_all_spaces_is_not_used_for_one() {
    let database = Database::empty();
    let pool = two_spaces(&database, database.url());
    let seen =
        |reach| -> i64 { pool.read_in(reach, |connection| Ok(connection.one(COUNT, &[])?.try_get(0)?)).unwrap() };
    // More often than a statement is planned for its values before one plan is kept for all of them.
    for _ in 0..10 {
        assert_eq!(seen(Reach::All), 2);
        assert_eq!(seen(Reach::Space("one")), 1);
        assert_eq!(seen(Reach::Space("three")), 0);
        assert_eq!(seen(Reach::Nothing), 0);
    }
    let connection = pool.take().unwrap();
    let counted = || -> i64 { connection.one(COUNT, &[]).unwrap().try_get(0).unwrap() };
    for _ in 0..10 {
        connection.begin(Begin::Write, Reach::All);
        assert_eq!(counted(), 2);
        connection.part("two");
        assert_eq!(counted(), 1);
        connection.undo_part().unwrap();
        assert_eq!(counted(), 2, "undone with what the part saw");
        connection.part("three");
        assert_eq!(counted(), 0);
        connection.widen();
        assert_eq!(counted(), 2);
        connection.roll_back();
    }
}

#[test]
fn a_server_that_does_not_know_what_was_prepared_is_taken_for_a_pooler() {
    let database = Database::empty();
    let pool = two_spaces(&database, database.url());
    let ask = |pool: &Pool| pool.read(|connection| connection.one(COUNT, &[]).map(drop));
    ask(&pool).unwrap();
    let connection = pool.take().unwrap();
    connection.batch("DEALLOCATE ALL").unwrap();
    let unknown = connection.one(COUNT, &[]).unwrap_err().of(&pool.address);
    // It is no damage, and whoever asks again is answered.
    assert_eq!(unknown.kind(), ErrorKind::Io, "{unknown}");
    drop(connection);
    (0..3).for_each(|_| ask(&pool).unwrap());
    assert_eq!(n_prepared(&pool), 0);
}

/// How many statements are prepared on the connection behind a pool of one.
fn n_prepared(pool: &Pool) -> i64 {
    const OURS: &str =
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT count(*) FROM entry_space%'";
    pool.read(|connection| Ok(connection.one(OURS, &[])?.try_get(0)?)).unwrap()
}

#[test]
fn statements_stay_prepared_only_where_no_pooler_is_in_between() {
    let database = Database::empty();
    let pool = two_spaces(&database, database.url());
    let ask = |pool: &Pool| pool.read(|connection| connection.one(COUNT, &[]).map(drop)).unwrap();
    (0..3).for_each(|_| ask(&pool));
    assert_eq!(n_prepared(&pool), 1);
    let pooler = Pooler::start(&database, Pooling::Transaction);
    let url = format!("{}?pool_size=1", pooler.url_as(OWNER));
    let pool = Pool::new(&Address::parse(&url).unwrap(), &Opening::default()).unwrap();
    (0..3).for_each(|_| ask(&pool));
    assert_eq!(n_prepared(&pool), 0);
}
