//! That what is kept is the row as a question sees it, and no more than there is room for.

use annals_testkit::postgres::Database;

use super::{Bags, Kept, MAX_BYTES, ROW_BYTES, Shared, Version};
use crate::address::Address;
use crate::connection::{Begin, Connection, Pool, Reach};
use crate::opening::Opening;

/// Rows with the numbers from 1 on, whose bags are these texts.
fn filled(texts: &[&str]) -> (Database, Pool) {
    let database = Database::empty();
    crate::migrate(database.url()).unwrap();
    for (n, text) in (1..).zip(texts) {
        database.sql(&format!(
            "INSERT INTO entry_text (n, space, words, title, body, labels, bag) VALUES ({n}, 'team', '', '', '', '', '{text}')"
        ));
    }
    let pool = Pool::new(&Address::parse(database.url()).unwrap(), &Opening::default()).unwrap();
    (database, pool)
}

/// What a question sees: the rows' versions, and the bags that it is given for them.
fn asked(bags: &Bags, connection: &Connection, started: i64) -> Vec<(i64, String)> {
    let rows = connection.rows("SELECT n, xmin FROM entry_text ORDER BY n", &[]).unwrap();
    let rows: Vec<(i64, Version)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    read(bags, connection, started, &rows)
}

fn read(bags: &Bags, connection: &Connection, started: i64, rows: &[(i64, Version)]) -> Vec<(i64, String)> {
    let bags = bags.read(connection, started, rows).unwrap();
    bags.into_iter().map(|(n, bag)| (n, String::from_utf8(bag.to_vec()).unwrap())).collect()
}

fn named(bags: &[(i64, &str)]) -> Vec<(i64, String)> {
    bags.iter().map(|(n, bag)| (*n, (*bag).to_owned())).collect()
}

const TEAM: Reach<'_> = Reach::Space("team");

#[test]
fn a_row_is_read_once_for_each_of_its_versions() {
    let (database, pool) = filled(&["one", "two"]);
    let bags = Bags::default();
    let look = |bags: &Bags| pool.read_in(TEAM, |connection| Ok(asked(bags, connection, 7))).unwrap();
    assert_eq!(look(&bags), named(&[(1, "one"), (2, "two")]));
    let one =
        pool.read_in(TEAM, |connection| Ok(connection.one("SELECT xmin FROM entry_text WHERE n = 1", &[])?.get(0)));
    let one: Version = one.unwrap();
    database.sql("UPDATE entry_text SET bag = 'other' WHERE n = 1");
    // Under the version that it had, the row comes from memory; the database has it no more.
    let before = pool.read_in(TEAM, |connection| Ok(read(&bags, connection, 7, &[(1, one)]))).unwrap();
    assert_eq!(before, named(&[(1, "one")]));
    assert_eq!(look(&bags), named(&[(1, "other"), (2, "two")]));
    database.sql("DELETE FROM entry_text WHERE n = 2");
    assert_eq!(look(&bags), named(&[(1, "other")]));
    // What nothing was kept of is not seen by who may not see it.
    let other = pool.read_in(Reach::Space("else"), |connection| Ok(read(&Bags::default(), connection, 7, &[(1, one)])));
    assert_eq!(other.unwrap(), []);
}

#[test]
fn a_server_that_was_started_anew_is_asked_anew() {
    let (_database, pool) = filled(&["one"]);
    let bags = Bags::default();
    let mut earlier = None;
    pool.read_in(TEAM, |connection| {
        assert_eq!(asked(&bags, connection, 7), named(&[(1, "one")]));
        let mut kept = bags.0.lock().unwrap();
        let (version, bag) = kept.late.get_mut(&1).unwrap();
        // Another row of the same number and version, as a server may have it that has taken this one's place.
        *bag = Shared::from(&b"lost"[..]);
        earlier = Some(*version);
        Ok(())
    })
    .unwrap();
    let look = |started| {
        pool.read_in(TEAM, |connection| Ok(read(&bags, connection, started, &[(1, earlier.unwrap())]))).unwrap()
    };
    assert_eq!(look(7), named(&[(1, "lost")]));
    assert_eq!(look(8), named(&[(1, "one")]));
    assert_eq!(look(7), named(&[(1, "one")]));
}

#[test]
fn who_writes_is_shown_what_it_wrote_and_leaves_nothing_behind() {
    let (_database, pool) = filled(&["one"]);
    let bags = Bags::default();
    let connection = pool.take().unwrap();
    connection.begin(Begin::Write, TEAM);
    // All in one transaction, so that the version stays the same.
    for text in ["two", "three"] {
        connection.execute("UPDATE entry_text SET bag = convert_to($1, 'UTF8') WHERE n = 1", &[&text]).unwrap();
        assert_eq!(asked(&bags, &connection, 7), named(&[(1, text)]));
    }
    connection.roll_back();
    assert!(bags.0.lock().unwrap().late.is_empty());
    assert_eq!(pool.read_in(TEAM, |connection| Ok(asked(&bags, connection, 7))).unwrap(), named(&[(1, "one")]));
}

#[test]
fn what_was_used_last_stays_where_there_is_too_much() {
    let mut kept = Kept::default();
    let (bag, version) = (Shared::from(vec![0; 1 << 20]), Version(3));
    for n in 1..=1_000 {
        kept.put(n, version, Shared::clone(&bag));
        assert!(kept.get(1, version).is_some(), "asked for each time, after {n}");
    }
    let n_bytes = (kept.late.len() + kept.early.len()) * (bag.len() + ROW_BYTES);
    assert!(n_bytes <= MAX_BYTES + 2 * (bag.len() + ROW_BYTES), "{n_bytes}");
    assert!(kept.get(999, version).is_some() && kept.get(500, version).is_none());
    // A row that is put again counts once.
    let mut kept = Kept::default();
    (0..1_000).for_each(|_| kept.put(1, version, Shared::clone(&bag)));
    assert_eq!((kept.late.len(), kept.n_bytes), (1, bag.len() + ROW_BYTES));
}
