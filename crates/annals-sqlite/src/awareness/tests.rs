//! The plans of the statements about entries: no list, count or search walks through a space, whatever is chosen.

use annals_event::Timestamp;
use annals_store::awareness::{By, Choice, EntryType, Name, Shelved, Wish};
use rusqlite::{Connection, params_from_iter};

use super::choice::Plan;
use super::search;
use crate::conditions::Sql;
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
            let steps = plan_of(&connection, &plan.page(&wish, 11));
            assert!(steps.iter().any(|step| step.contains(index)), "{choice:?} by {by:?}: {steps:?}");
            assert!(!steps.iter().any(|step| step.starts_with("SCAN e")), "{choice:?} by {by:?}: {steps:?}");
            let sorts = steps.iter().filter(|step| step.contains("TEMP B-TREE")).count();
            // Several drivers are merged by sorting the few first rows of each.
            let is_merged = steps.iter().any(|step| step.contains("SCAN first"));
            assert!(sorts <= usize::from(is_merged), "{choice:?} by {by:?}: {steps:?}");
        }
    }
}

#[test]
fn a_search_begins_with_the_words_and_comes_in_their_order() {
    let connection = database();
    let question = annals_store::awareness::Question {
        words: vec!["a".to_owned(), "or".to_owned()],
        limit: 10,
        ..annals_store::awareness::Question::default()
    };
    let statement = search::statement("team", Timestamp::from_nanos(5), &question).unwrap();
    let steps = plan_of(&connection, &statement);
    assert!(steps[0].starts_with("SCAN entry_text VIRTUAL TABLE"), "{steps:?}");
    assert!(steps[1].starts_with("SEARCH e USING INTEGER PRIMARY KEY"), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
}
