//! The plans of the statements about entries: no list, count or search walks through a space, whatever is chosen.

use annals_event::Timestamp;
use annals_store::awareness::{
    By, Choice, Desk, Entry, EntryId, EntryType, Forms, Hit, Name, Question, Shelf, Shelved, Stats, Terms, Wish,
};
use rusqlite::{Connection, params_from_iter};

use super::asked::{Asked, MAX_WEIGHED, Match};
use super::choice::Plan;
use super::common::Common;
use super::shelf::Table;
use super::{filling, search, sql};
use crate::conditions::Sql;
use crate::location::Location;
use crate::migration::MIGRATIONS;

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql).unwrap();
    }
    connection
}

fn plan_of(connection: &Connection, statement: &Sql) -> Vec<String> {
    connection
        .prepare(&format!("EXPLAIN QUERY PLAN {}", statement.text))
        .unwrap()
        .query_map(params_from_iter(&statement.values), |row| row.get(3))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn no_page_walks_through_a_space_or_sorts_one() {
    let connection = database();
    let text = |text: &str| Some(text.to_owned());
    let choices = [
        ("entry_touched", By::Touched, Choice::default()),
        ("entry_type_touched", By::Touched, Choice::of([EntryType::Note, EntryType::Pattern])),
        ("entry_source_touched", By::Touched, Choice { source: text("x"), ..Choice::default() }),
        ("entry_source_touched", By::Touched, Choice { source: text("x"), ..Choice::of([EntryType::Note]) }),
        ("PRIMARY KEY", By::Touched, Choice { tags: vec!["a".to_owned(), "b".to_owned()], ..Choice::default() }),
        ("entry_state_touched", By::Touched, Choice { state: text("active"), ..Choice::of([EntryType::Alert]) }),
        ("entry_schema", By::CreatedFirst, Choice { schema: Some(Name::schema("f", "1")), ..Choice::default() }),
        ("entry_due", By::Due, Choice { due_until: Some(Timestamp::from_nanos(1)), ..Choice::default() }),
        ("entry_unread", By::Created, Choice { unread: Some(None), ..Choice::default() }),
        ("entry_created", By::CreatedFirst, Choice { shelved: Shelved::Anywhere, ..Choice::default() }),
        ("entry_deleted", By::Deleted, Choice { shelved: Shelved::Trash, ..Choice::default() }),
    ];
    for (index, by, choice) in choices {
        for after in [
            None,
            Some(annals_store::awareness::Place {
                at: Timestamp::from_nanos(7),
                id: annals_store::awareness::EntryId::from_bytes([1; 16]),
            }),
        ] {
            let plan = Plan::new(&connection, "team", Timestamp::from_nanos(5), &choice, Some(by)).unwrap();
            let wish = Wish { after, ..Wish::first(by, 10) };
            let statement = plan.page(&wish, 11);
            let steps = plan_of(&connection, &statement);
            assert!(steps.iter().any(|step| step.contains(index)), "{choice:?} by {by:?}: {steps:?}");
            assert!(!steps.iter().any(|step| step.starts_with("SCAN e")), "{choice:?} by {by:?}: {steps:?}");
            let sorts = steps.iter().filter(|step| step.contains("TEMP B-TREE")).count();
            // Several drivers are merged by sorting the few first rows of each.
            let is_merged = steps.iter().any(|step| step.contains("SCAN first"));
            assert!(sorts <= usize::from(is_merged), "{choice:?} by {by:?}: {steps:?}");
            // What is sorted is kept in memory: places, never entries.
            let n_columns = connection.prepare(&statement.text).unwrap().column_count();
            assert!(sorts == 0 || n_columns == 1, "{choice:?} by {by:?} sorts rows of {n_columns} columns");
        }
    }
}

#[test]
fn a_search_begins_with_the_words() {
    let connection = database();
    let question = annals_store::awareness::Question {
        words: vec![vec!["a".to_owned()], vec!["or".to_owned()]],
        limit: 10,
        ..annals_store::awareness::Question::default()
    };
    let all = Match { words: "\"7_a\" OR \"7_or\"".to_owned(), from: None };
    let statement = search::statement("team", Timestamp::from_nanos(5), &question, &all);
    let steps = plan_of(&connection, &statement);
    assert!(steps[0].starts_with("SCAN t VIRTUAL TABLE"), "{steps:?}");
    assert!(steps[1].starts_with("SEARCH e USING INTEGER PRIMARY KEY"), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
    let steps = plan_of(&connection, &search::bags(&all));
    assert!(steps[0].starts_with("SCAN t VIRTUAL TABLE"), "{steps:?}");
    assert!(steps.len() == 2 && steps[1].starts_with("SEARCH b USING INTEGER PRIMARY KEY"), "{steps:?}");
    let choice = Choice { source: Some("nas".to_owned()), types: vec![EntryType::Note], ..Choice::default() };
    let mut chosen =
        filling::chosen(sql::ENTRY_COLUMNS, "team", Timestamp::from_nanos(5), &Question { choice, ..question });
    chosen.values.push(1.into());
    let steps = plan_of(&connection, &chosen);
    assert!(steps.len() == 1 && steps[0].starts_with("SEARCH e USING INTEGER PRIMARY KEY"), "{steps:?}");
}

fn note(n: u64, source: &str) -> Entry {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    Entry::new(EntryId::from_bytes(id), EntryType::Note, source, Timestamp::from_nanos(1))
}

/// Words of one form each.
fn each(words: &[&str]) -> Vec<Forms> {
    words.iter().map(|word| vec![(*word).to_owned()]).collect()
}

fn terms(title: &str) -> Terms {
    Terms { title: title.to_owned(), ..Terms::default() }
}

/// Work at a desk of this space at this moment.
fn at_desk<T>(connection: &Connection, now: i64, work: impl FnOnce(&mut Table<'_>) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::new(&folder.path().join("annals.db")).unwrap();
    let mut table = Table::new(connection, &location, "team", Timestamp::from_nanos(now));
    work(&mut table)
}

#[test]
fn weighing_is_bounded_and_nothing_is_missed_for_it() {
    let connection = database();
    at_desk(&connection, 5, |table| {
        for n in 0..3_000 {
            let title = match n {
                1 => "common half rare",
                _ if n % 2 == 0 => "common half",
                _ => "common",
            };
            table.put(note(n, if n == 0 { "first" } else { "rest" }), &terms(title), &[]).unwrap();
        }
        let search = |table: &mut Table<'_>, words: &[&str], choice: Choice, limit| -> Vec<Hit> {
            table.search(&Question { words: each(words), choice, limit, ..Question::default() }).unwrap().hits
        };
        let asked = |words: &[&str]| {
            let question = Question { words: each(words), ..Question::default() };
            Asked::judge(&connection, "team", 1, &question, None).unwrap()
        };
        let had: Vec<u64> = asked(&["common", "half", "rare", "absent"]).words.iter().map(|word| word.n_rows).collect();
        assert_eq!((had[0], had[3]), (1, 0), "the rarest first, and what nobody has at the end");
        assert!((1_450..1_550).contains(&had[1]) && (2_950..3_050).contains(&had[2]), "{had:?}");
        // What very many have is counted once, what few have each time.
        let common = Common::default();
        for _ in 0..2 {
            let question = Question { words: each(&["common", "half", "rare", "absent"]), ..Question::default() };
            let again = Asked::judge(&connection, "team", 1, &question, Some(&common)).unwrap();
            assert_eq!(again.words.iter().map(|word| word.n_rows).collect::<Vec<_>>(), had);
            assert_eq!((common.known("1_common", 3_000), common.known("1_rare", 3_000)), (Some(had[2]), None));
        }
        assert_eq!(asked(&["rare", "absent"]).bounded(&connection).unwrap(), None, "few need no bound");
        let bound = asked(&["common", "half"]).bounded(&connection).unwrap().unwrap();
        let rows =
            format!("SELECT count(*) FROM entry_text WHERE entry_text MATCH ?1 AND rowid >= {}", bound.from.unwrap());
        let n_weighed = connection.query_row(&rows, [&bound.words], |row| crate::row::counted(row, 0)).unwrap();
        assert_eq!(n_weighed, MAX_WEIGHED);
        // A rare word leads, and the others count.
        assert_eq!(search(table, &["common", "half", "rare"], Choice::default(), 1)[0].entry, note(1, "rest"));
        let many = search(table, &["common", "half", "rare"], Choice::default(), 10);
        assert_eq!((many.len(), &many[0].entry), (10, &note(1, "rest")));
        // What is not among the newest is found where the page is not full without it.
        let of_first = Choice { source: Some("first".to_owned()), ..Choice::default() };
        let found = search(table, &["common", "half"], of_first, 10);
        assert_eq!(found.iter().map(|hit| &hit.entry).collect::<Vec<_>>(), [&note(0, "first")]);
        // Pages go on where those before ended, also beyond what was weighed first.
        let words = each(&["common", "half"]);
        let page = |table: &mut Table<'_>, offset| {
            table.search(&Question { words: words.clone(), offset, limit: 100, ..Question::default() }).unwrap().hits
        };
        let pages: Vec<Vec<Hit>> = (0..31).map(|nth| page(table, nth * 100)).collect();
        let ids: std::collections::BTreeSet<EntryId> = pages.iter().flatten().map(|hit| hit.entry.id).collect();
        assert_eq!((pages.iter().flatten().count(), ids.len()), (3_000, 3_000));
    });
}

#[test]
fn what_expires_is_counted_no_longer_and_again_when_it_lasts() {
    let connection = database();
    let mut entry = note(1, "home");
    (entry.expires, entry.tags) = (Some(Timestamp::from_nanos(10)), vec!["t".to_owned()]);
    let counts = |table: &mut Table<'_>| {
        let notes = Choice::of([EntryType::Note]);
        (
            table.stats().unwrap().n_entries.iter().sum::<u64>(),
            table.tags().unwrap().len(),
            table.count(&notes).unwrap(),
        )
    };
    at_desk(&connection, 5, |table| {
        table.put(entry.clone(), &terms("a"), &[]).unwrap();
        assert_eq!(counts(table), (1, 1, 1));
    });
    at_desk(&connection, 20, |table| {
        assert_eq!(counts(table), (0, 0, 0), "before anything is changed");
        table.sweep().unwrap();
        assert_eq!(counts(table), (0, 0, 0));
        let n_rows: i64 = connection.query_row("SELECT count(*) FROM entry_count", [], |row| row.get(0)).unwrap();
        assert_eq!((n_rows, table.expired().unwrap().len()), (0, 0), "it is not looked at again");
        entry.expires = Some(Timestamp::from_nanos(30));
        table.replace(entry.clone(), None, None).unwrap();
        assert_eq!(counts(table), (1, 1, 1));
        table.purge(entry.id).unwrap();
        assert_eq!(table.stats().unwrap(), Stats::default());
    });
}

#[test]
fn a_verification_collects_and_sorts_nothing() {
    let connection = database();
    let statements = [
        super::sql::TELLING_EVENTS,
        super::sql::ALL_USAGE,
        super::sql::READINGS_IN_USAGE,
        super::sql::ALL_READINGS,
        super::sql::ENTRIES_BESIDE,
    ];
    for statement in statements {
        let mut sql = Sql::default();
        sql.push(statement);
        let steps = plan_of(&connection, &sql);
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{statement}: {steps:?}");
    }
}
