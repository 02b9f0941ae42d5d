//! A rolling upgrade: two nodes record, one is replaced by a newer version with a step more of its tables, and neither notices.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use annals_postgres::{MIGRATIONS, Migration, OpenMode, Opening, PostgresStore, migrate};
use annals_store::suite::evidence::check_tree;
use annals_store::{Error, ErrorKind, EventStore, Filter};
use annals_testkit::postgres::Database;
use annals_testkit::rounds;

use crate::support::{all, append, plain, producer};

/// Steps as a newer version has them: what it adds stands beside what this one knows.
const BESIDE: &str =
    "ALTER TABLE event ADD COLUMN mood TEXT; CREATE INDEX event_mood ON event (mood); CREATE TABLE moods (mood TEXT);";
/// And as none may have them: this version leaves the column empty.
const NEEDED: &str = "ALTER TABLE event ADD COLUMN mood TEXT; ALTER TABLE event ADD CONSTRAINT mood CHECK (seq < 10 OR mood IS NOT NULL) NOT VALID;";

/// All steps of a newer version.
fn newer(sql: &'static str) -> &'static [Migration] {
    let version = i64::try_from(MIGRATIONS.len() + 1).unwrap();
    let all: Vec<Migration> = MIGRATIONS.iter().copied().chain([Migration { version, name: "mood", sql }]).collect();
    all.leak()
}

/// Two nodes record for so long; then the second is a newer one, and both go on for so long again. Answers how many events were durable, and what failed.
fn rolled(database: &Database, sql: &'static str, lasts: Duration) -> Result<u64, Error> {
    let old = PostgresStore::open(database.url(), OpenMode::ReadWriteCreate)?;
    let other = PostgresStore::open(database.url(), OpenMode::ReadWriteCreate)?;
    append(&old, producer(3), 0, &plain(10))?;
    let (ends, replaced) = (AtomicBool::new(false), Barrier::new(2));
    let recording = |store: &dyn EventStore, n: u8, from: u64, is_over: &dyn Fn() -> bool| -> Result<u64, Error> {
        let mut next = from;
        while !is_over() {
            append(store, producer(n), next, &plain(5))?;
            next += 5;
        }
        Ok(next)
    };
    let outcomes: [Result<u64, Error>; 2] = thread::scope(|scope| {
        let stays = scope.spawn(|| {
            replaced.wait();
            recording(&old, 1, 0, &|| ends.load(Ordering::SeqCst))
        });
        let goes = scope.spawn(|| {
            replaced.wait();
            let began = Instant::now();
            let next = recording(&other, 2, 0, &|| began.elapsed() > lasts)?;
            other.close()?;
            let opening = Opening::default().with_migrations(newer(sql));
            let new = PostgresStore::open_as(database.url(), OpenMode::ReadWriteCreate, opening)?;
            let began = Instant::now();
            recording(&new, 2, next, &|| began.elapsed() > lasts)
        });
        let went = goes.join().unwrap();
        ends.store(true, Ordering::SeqCst);
        [stays.join().unwrap(), went]
    });
    let [stayed, went] = outcomes;
    Ok(10 + stayed? + went?)
}

#[test]
fn a_newer_node_beside_an_older_one_stops_neither() {
    let database = Database::with_vectors();
    migrate(database.url()).unwrap();
    let lasts = Duration::from_secs(rounds(1, 30) as u64);
    let n_durable = rolled(&database, BESIDE, lasts).unwrap();
    let opening = Opening::default().with_migrations(newer(BESIDE));
    let store = PostgresStore::open_as(database.url(), OpenMode::ReadWriteCreate, opening).unwrap();
    assert_eq!(check_tree(&store), n_durable);
    let events = all(&store, &Filter::default());
    for n in 1..=3 {
        let pseqs: Vec<u64> =
            events.iter().filter(|event| event.producer == producer(n)).map(|event| event.pseq).collect();
        assert_eq!(pseqs, (0..pseqs.len() as u64).collect::<Vec<_>>(), "producer {n}");
    }
    // The older version is not started over newer tables.
    let refused = PostgresStore::open(database.url(), OpenMode::ReadWriteCreate).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::NewerFormat);
}

#[test]
fn a_step_that_the_older_node_cannot_live_with_is_noticed() {
    let database = Database::with_vectors();
    migrate(database.url()).unwrap();
    assert!(rolled(&database, NEEDED, Duration::from_millis(200)).is_err());
}
