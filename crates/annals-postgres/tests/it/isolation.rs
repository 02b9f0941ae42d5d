//! Spaces and roles, held apart by the database itself: what ordinary roles see and change by SQL, whatever they write in a statement.

use annals_event::Timestamp;
use annals_postgres::{OpenMode, PostgresStore};
use annals_store::awareness::vectors::{Embedded, Model, Passage};
use annals_store::awareness::{Action, Answered, AwarenessStore, Change, Entry, EntryId, EntryType, Record, Terms};
use annals_store::{Error, ErrorKind, EventStore};
use annals_testkit::postgres::{Database, OWNER, ROLES};
use serde_json::{Map, json};

use crate::support::{Place, WRITER, append, payload_of, producer};

const VERIFIER: &str = ROLES[1];
const READER: &str = ROLES[2];
const OURS: &str = "ours";
const THEIRS: &str = "the'irs\\";

/// A database with everything that there is, in two spaces.
fn filled() -> (Place, PostgresStore) {
    let place = Place::new();
    let store = place.open();
    for (nth, (space, word)) in [(OURS, "quince"), (THEIRS, "medlar")].into_iter().enumerate() {
        let first = u8::try_from(nth).unwrap() * 16 + 1;
        let read = Record::reading("search", None, &Map::new(), &[EntryId::from_bytes([first; 16])]).remove(0);
        for n in [first, first + 1] {
            let work = move |desk: &mut dyn annals_store::awareness::Desk| {
                let created = Timestamp::from_nanos(1_700_000_000_000_000_000 + i64::from(n));
                let mut entry = Entry::new(EntryId::from_bytes([n; 16]), EntryType::Note, word, created);
                entry.data.insert("description".to_owned(), word.into());
                entry.data.insert("related_ids".to_owned(), json!([EntryId::from_bytes([first; 16]).to_string()]));
                entry.tags = vec![word.to_owned()];
                let terms = Terms { title: word.to_owned(), language: "en", ..Terms::default() };
                let change = Change { at: created, changed: Map::new() };
                let entry = desk.put(entry, &terms, &[change])?;
                desk.keep_answer(&[n; 32], &Answered { call: [n; 32], answer: word.to_owned() })?;
                let record = Record::change(space, Action::Created, &entry, "remember");
                Ok(vec![payload_of(space, &record)])
            };
            store.change(space, Box::new(work)).unwrap();
        }
        let next = store.mark(producer(1)).unwrap().next_pseq;
        append(&store, producer(1), next, &[payload_of(space, &read)]).unwrap();
    }
    let model = store.vectors().model(&Model { name: "test".to_owned(), dimension: 2 }).unwrap();
    let waiting = store.vectors().waiting(model, None, 10, &[]).unwrap();
    assert_eq!(waiting.len(), 4);
    let embedded = waiting.iter().map(|waiting| Embedded {
        place: waiting.place,
        passages: vec![Passage { digest: [1; 32], vector: Some(vec![1.0, 0.0]) }],
        is_refused: false,
    });
    store.vectors().embed(model, embedded.collect()).unwrap();
    (place, store)
}

/// The tables whose rows have a space, but for the log and what says who sees which.
fn tables(place: &Place) -> Vec<String> {
    let tables = place.0.sql(
        "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid \
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'space' \
             AND c.relname NOT IN ('event', 'space_reader') ORDER BY 1",
    );
    tables.lines().map(str::to_owned).collect()
}

/// What a role that serves can do in one space to the other's rows of this table.
fn leaks(place: &Place, role: &str, table: &str) -> Vec<String> {
    let mut leaks = Vec::new();
    let theirs = THEIRS.replace('\'', "''");
    let mut check = |what: &str, statement: &str, harmless: &dyn Fn(&Result<String, String>) -> bool| {
        let told =
            place.0.try_sql_as(role, &format!("BEGIN; SET LOCAL annals.space = '{OURS}'; {statement}; ROLLBACK"));
        if !harmless(&told) {
            leaks.push(format!("{table}: {what}: {told:?}"));
        }
    };
    let none = |told: &Result<String, String>| told.as_deref() == Ok("0");
    let refused = |told: &Result<String, String>| matches!(told, Err(said) if said.contains("row-level security"));
    let count = |statement: &str| format!("WITH done AS ({statement} RETURNING 1) SELECT count(*) FROM done");
    check("seen", &format!("SELECT count(*) FROM {table} WHERE space <> '{OURS}'"), &none);
    check("changed", &count(&format!("UPDATE {table} SET space = space WHERE space = '{theirs}'")), &none);
    check("deleted", &count(&format!("DELETE FROM {table} WHERE space = '{theirs}'")), &none);
    check("given away", &format!("UPDATE {table} SET space = '{theirs}'"), &refused);
    leaks
}

#[test]
fn one_space_does_nothing_to_another() {
    let (place, store) = filled();
    let tables = tables(&place);
    assert!(tables.len() >= 14, "{tables:?}");
    for table in &tables {
        for role in [WRITER, OWNER] {
            assert_eq!(leaks(&place, role, table), [""; 0]);
            let counted = |set: &str| {
                let asked = format!("BEGIN; {set}; SELECT count(*) FROM {table}; ROLLBACK");
                place.0.try_sql_as(role, &asked).unwrap().parse::<u64>().unwrap()
            };
            let n = counted(&format!("SET LOCAL annals.space = '{OURS}'"));
            assert!(n > 0, "`{table}` has rows");
            assert_eq!(counted("SET LOCAL annals.reach = 'all'"), 2 * n, "`{table}` has as many of the other space");
            assert_eq!(counted("SET LOCAL annals.space = 'nobody'"), 0);
            assert_eq!(counted("SELECT"), 0, "nothing was said of `{table}`");
        }
        // A table whose rule lets everybody through is found out by the same questions.
        place.0.sql(&format!("DROP POLICY of_its_space ON {table}; CREATE POLICY open ON {table} USING (TRUE)"));
        assert_eq!(leaks(&place, WRITER, table).len(), 4, "{table}");
    }
    assert_eq!(store.check().unwrap(), []);
}

#[test]
fn a_search_finds_nothing_of_another_space() {
    let (place, store) = filled();
    let number = |space: &str| place.0.sql(&format!("SELECT n FROM entry_space WHERE space = '{space}'"));
    let (ours, theirs) = (number(OURS), number(&THEIRS.replace('\'', "''")));
    let found = |word: &str| {
        let asked = format!(
            "BEGIN; SET LOCAL annals.space = '{OURS}'; \
             SELECT (SELECT count(*) FROM entry_having('{word}'::TSQUERY, 0)), (SELECT n_rows || ':' || coalesce(numbers::TEXT, '') FROM entry_words_found(ARRAY['{word}'], 9)), \
                 current_setting('annals.reach'); ROLLBACK"
        );
        place.0.try_sql_as(WRITER, &asked).unwrap()
    };
    assert_eq!(found(&format!("{ours}_quince")), "2|2:{1,2}|");
    assert_eq!(found(&format!("{theirs}_medlar")), "0|0:|");
    // The database's word against the statement's: rows that say they are ours, in a transaction that is another space's.
    let mut seen = None;
    let looked = store.look(THEIRS, &mut |shelf| {
        seen = Some((shelf.any_entry(EntryId::from_bytes([1; 16]))?, shelf.any_entry(EntryId::from_bytes([17; 16]))?));
        Ok(())
    });
    looked.unwrap();
    let (other, own) = seen.unwrap();
    assert!(other.is_none() && own.is_some());
}

/// Rows of a space and by a text's beginning come by an index, and so do those with a word, though the database compares each row with its rule.
#[test]
fn rules_keep_no_index_from_being_used() {
    let (place, _store) = filled();
    let plan = |statement: &str| {
        let asked = format!(
            "BEGIN; SET LOCAL annals.space = '{OURS}'; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; EXPLAIN {statement}; ROLLBACK"
        );
        place.0.try_sql_as(WRITER, &asked).unwrap()
    };
    let by_source = plan(
        "SELECT n FROM entry WHERE space = 'ours' AND source_head = 'quince' AND deleted IS NULL ORDER BY created, id",
    );
    assert!(by_source.contains("Index Cond") && by_source.contains("(source_head = 'quince'::text)"), "{by_source}");
    let by_expression =
        plan("SELECT n FROM entry WHERE space = 'ours' AND left(source, 200) = 'quince' AND deleted IS NULL");
    assert!(by_expression.contains("Filter: (\"left\"(source, 200) = 'quince'::text)"), "{by_expression}");
    let log = plan("SELECT seq FROM event WHERE left(tool, 200) = 'Bash' AND tool IS NOT NULL");
    assert!(log.contains("event_tool") && !log.contains("Filter"), "{log}");
    // An index of words is never asked by a plan that looks at a rule; so the functions that look words up ask in a transaction that has none, and compare the space themselves.
    let words = |set: &str| {
        let asked = format!(
            "BEGIN; SET LOCAL annals.space = '{OURS}'; {set}; SET LOCAL enable_seqscan = off; \
             EXPLAIN SELECT n FROM entry_text WHERE words @@ '1_quince'::TSQUERY; ROLLBACK"
        );
        place.0.try_sql_as(WRITER, &asked).unwrap()
    };
    let (with_rule, without) = (words("SELECT"), words("SET LOCAL annals.reach = 'all'"));
    assert!(without.contains("Bitmap Index Scan on entry_text_words"), "{without}");
    assert!(!with_rule.contains("entry_text_words"), "{with_rule}");
    for function in ["entry_having", "entry_bags", "entry_words_found"] {
        let body = place.0.sql(&format!("SELECT prosrc FROM pg_proc WHERE proname = '{function}'"));
        let body = body.replace("''", "'");
        let is_compared = body.contains("t.space IS NOT DISTINCT FROM current_setting('annals.space', TRUE)")
            || body.contains("t.space IS NOT DISTINCT FROM $3")
                && body.contains(", current_setting('annals.space', TRUE);");
        assert!(is_compared, "{function}: {body}");
    }
}

#[test]
fn each_role_sees_of_the_log_what_it_may() {
    let (place, store) = filled();
    let n_events = store.head().unwrap().n_events;
    let verifier = PostgresStore::open(&place.0.url_as(VERIFIER), OpenMode::ReadOnly).unwrap();
    assert_eq!(verifier.head().unwrap().n_events, n_events);
    let as_role = |role: &str, statement: &str| place.0.try_sql_as(role, statement);
    let refused = |role: &str, statement: &str| {
        let said = as_role(role, statement).unwrap_err();
        assert!(said.contains("permission denied") || said.contains("must be owner"), "{role}: {statement}: {said}");
    };
    for statement in [
        "DELETE FROM event",
        "UPDATE event SET space = ''",
        "INSERT INTO tile VALUES (9, 9, '')",
        "UPDATE entry SET source = ''",
    ] {
        refused(VERIFIER, statement);
        refused(READER, statement);
    }
    for statement in [
        "DROP TABLE event",
        "ALTER TABLE entry DISABLE ROW LEVEL SECURITY",
        "DROP POLICY served ON event",
        "CREATE TABLE mine ()",
        "UPDATE migration SET name = ''",
        "INSERT INTO space_reader VALUES ('annals_reader', 'ours')",
    ] {
        for role in ROLES {
            refused(role, statement);
        }
    }
    for table in
        ["tile", "dead_letter", "idempotency", "checkpoint", "commitment", "entry_text", "entry_answer", "log_head"]
    {
        refused(READER, &format!("SELECT count(*) FROM {table}"));
    }
    refused(READER, "SELECT annals_rewrite('event'::REGCLASS)");

    let seen = |set: &str| {
        let asked = format!(
            "{set}; SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM event WHERE space <> 'ours'), \
             (SELECT count(*) FROM entry), (SELECT count(*) FROM entry WHERE space <> 'ours')"
        );
        as_role(READER, &asked).unwrap()
    };
    assert_eq!(seen("SELECT"), "0|0|0|0");
    as_role(OWNER, "INSERT INTO space_reader (role, space) VALUES ('annals_reader', 'ours')").unwrap();
    let widened = [
        "SELECT",
        "SET annals.reach = 'all'",
        "SET annals.space = 'the''irs\\'",
        "CREATE TEMP TABLE tile (n INTEGER)",
        "CREATE TEMP TABLE space_reader AS SELECT current_user AS role, ''::TEXT AS space",
    ];
    for set in widened {
        assert_eq!(seen(set), "3|0|2|0", "{set}");
    }
    // Rules that let everybody through are found out by the same question.
    place.0.sql("CREATE POLICY open ON event USING (TRUE)");
    assert_eq!(seen("SELECT"), format!("{n_events}|3|2|0"));
}

#[test]
fn who_owns_the_tables_makes_them_and_who_writes_need_not() {
    let empty = Database::empty();
    let opened = |role: &str| -> Result<PostgresStore, Error> {
        PostgresStore::open(&empty.url_as(role), OpenMode::ReadWriteCreate)
    };
    let refused = opened(WRITER).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Permission, "{refused:?}");
    opened(OWNER).unwrap();
    // Who was granted nothing is told so, rather than shown an empty log.
    for role in ROLES {
        let refused = opened(role).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Permission, "{refused:?}");
    }
    let place = Place::new();
    let reader = PostgresStore::open(&place.0.url_as(READER), OpenMode::ReadOnly).unwrap_err();
    assert_eq!(reader.kind(), ErrorKind::Permission, "{reader:?}");
    // Writing the tables anew is the owner's, who lets the writer ask for it.
    place.0.sql("UPDATE log SET n_to_scrub = 1");
    let store = place.open();
    let number = || place.0.sql("SELECT pg_relation_filenode('event')");
    place.0.sql("UPDATE log SET n_to_scrub = 1");
    let before = number();
    assert_eq!(store.erasing().unwrap().scrub().unwrap(), []);
    assert_ne!(number(), before);
}

#[test]
fn a_copy_holds_every_space_or_is_refused() {
    let (place, store) = filled();
    let dump = |options: &str| {
        let mut dump = place.0.program(OWNER, "pg_dump");
        // The extension is a superuser's, who has made it already: nobody else may comment on it.
        dump.args(["--enable-row-security", "--no-comments", "--no-privileges"])
            .env("PGOPTIONS", options)
            .output()
            .unwrap()
    };
    let refused = place.0.program(OWNER, "pg_dump").output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("row-level security"));
    let all = dump("-c annals.reach=all");
    assert!(all.status.success(), "{}", String::from_utf8_lossy(&all.stderr));
    let said = |dump: &std::process::Output, word: &str| String::from_utf8_lossy(&dump.stdout).contains(word);
    assert!(said(&all, "quince") && said(&all, "medlar"));
    assert!(!said(&dump(""), "quince"), "whoever says nothing copies nothing");

    let other = Database::with_vectors();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &all.stdout).unwrap();
    let mut restore = other.program(OWNER, "psql");
    let restored = restore.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file.path()).output().unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let copy = PostgresStore::open(other.url(), OpenMode::ReadWriteCreate).unwrap();
    assert_eq!((copy.log_ids(), copy.head().unwrap()), (store.log_ids(), store.head().unwrap()));
    assert_eq!(copy.check().unwrap(), []);
    let scanned = |store: &PostgresStore| {
        let mut n = 0;
        store.scan(&mut |_| n += 1).unwrap();
        n
    };
    assert_eq!((scanned(&copy), scanned(&store)), (4, 4));
}
