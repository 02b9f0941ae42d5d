//! What is erased is gone from the index of words as well, with its deletions' own traces, and the search for it finds nothing.

use annals::Caller;
use annals::store::Filter;
use annals_ask::search;
use annals_store::awareness::{Action, Entry, EntryId, EntryType, Record, Terms};

use super::*;

/// Fills and indexes a log, does something to its index, erases, and answers in which files words of the erased are left.
fn left_behind(tamper: &str) -> BTreeMap<PathBuf, usize> {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    fill(&audit, 0, 40);
    index(folder.path());
    // Some that the index has not come to.
    fill(&audit, 40, 5);
    let asked = |text: &str| audit.count(&search(text, Filter::new())).unwrap();
    assert_eq!((asked(GONE), asked(&format!("{GONE} 3 begin"))), (90, 1));
    rusqlite::Connection::open(folder.path().join("annals.db")).unwrap().execute_batch(tamper).unwrap();
    let erased = erase(&audit, &of_gone());
    assert_eq!((erased.n_events, erased.pending.as_slice()), (90, &[][..]));
    if tamper.is_empty() {
        assert_eq!(asked(GONE), 0);
        assert_eq!(asked(STAYS), 180);
        // What is left of an erased row is found as before.
        assert_eq!(asked("type:tool.invoked"), 270);
        assert_eq!(asked("invoked"), 270);
        check_gone(folder.path(), GONE.as_bytes());
        check_sound(folder.path());
        // The same when the index goes on from where it was.
        let store = SqliteStore::open(&folder.path().join("annals.db"), OpenMode::ReadWriteCreate).unwrap();
        while store.index_words().unwrap() > 0 {}
        assert_eq!((asked(GONE), asked(STAYS), asked("invoked")), (0, 180, 270));
        check_gone(folder.path(), GONE.as_bytes());
    }
    found(folder.path(), GONE.to_ascii_lowercase().as_bytes())
}

#[test]
fn erased_words_are_nowhere_in_the_data_directory() {
    assert_eq!(left_behind(""), BTreeMap::new());
}

/// The control: the same search goes red where a row of the index is left.
#[test]
fn a_row_that_is_left_in_the_index_of_words_would_be_found() {
    let tamper = "UPDATE event_text_mark SET next_seq = 0";
    assert!(!left_behind(tamper).is_empty(), "`{tamper}` leaves nothing to find");
}

/// Pruning takes the words of the details and leaves the labels'.
#[test]
fn pruned_details_are_found_by_their_labels_alone() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    for n in 0..20 {
        audit
            .record(Event::new("tool.invoked").tool("Bash").details(json!({ "said": format!("{GONE} {n}") })))
            .unwrap();
    }
    index(folder.path());
    let asked = |text: &str| audit.count(&search(text, Filter::new())).unwrap();
    assert_eq!((asked(GONE), asked("bash")), (20, 20));
    let before = audit.head().unwrap().recorded_at.unwrap();
    let erasure =
        Erasure::of_details(Timestamp::from_nanos(before.as_nanos() + 1), [TypePattern::parse("tool.*")], REASON)
            .unwrap();
    assert_eq!(erase(&audit, &erasure).n_events, 20);
    assert_eq!((asked(GONE), asked("bash")), (0, 20));
    check_gone(folder.path(), GONE.as_bytes());
}

/// How many words with these bytes in them FTS5 keeps in the list of an index's pages.
fn n_in_pages(data: &Path, index: &str, bytes: &str) -> i64 {
    let connection = rusqlite::Connection::open(data.join("annals.db")).unwrap();
    let sql = format!("SELECT count(*) FROM {index}_idx WHERE instr(term, CAST(?1 AS BLOB)) > 0");
    connection.query_row(&sql, [bytes], |row| row.get(0)).unwrap()
}

/// The control of building the index anew: without it, a scrub would leave words where no deletion reaches.
#[test]
fn deletion_alone_leaves_words_of_events_in_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    fill(&audit, 0, 200);
    index(folder.path());
    audit.wait_for_checkpoint();
    let store = SqliteStore::open(&folder.path().join("annals.db"), OpenMode::ReadWriteCreate).unwrap();
    let erasing = store.erasing().unwrap();
    let erasure = annals_store::Erasure {
        what: annals_store::Selection::User(GONE.to_owned()),
        spare_since: Timestamp::from_nanos(i64::MAX),
    };
    let wording = annals_store::Wording { reason: REASON, credential: "" };
    let declared = erasing.declare_erasure(&erasure, wording, 0).unwrap().unwrap();
    audit.wait_for_checkpoint();
    assert_eq!(erasing.carry_out(declared.seq).unwrap().ids.len(), 400);
    assert_eq!(audit.count(&search(GONE, Filter::new())).unwrap(), 0);
    let n_traces = || n_in_pages(folder.path(), "event_text", &GONE.to_ascii_lowercase());
    assert!(n_traces() > 0, "deletion leaves nothing, and nothing need be built anew");
    assert_eq!(erasing.scrub().unwrap(), []);
    assert_eq!(n_traces(), 0);
    check_gone(folder.path(), GONE.as_bytes());
}

/// A word that begins with this and that nobody else has.
fn lettered(beginning: &str, n: usize) -> String {
    let letter = |digit: u8| char::from(if digit.is_ascii_digit() { digit - b'0' + b'g' } else { digit });
    beginning.chars().chain(scattered(n).bytes().map(letter)).collect()
}

/// The index of entries is scrubbed with that of events.
#[test]
fn words_of_purged_entries_are_nowhere_after_the_next_scrub() {
    const N_ENTRIES: usize = 400;
    const PURGED: &str = "zqpurg";
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    let alice = Caller::new("default", "alice").unwrap();
    let id = |n: usize| EntryId::v4((n as u128).to_be_bytes());
    let remembered = audit.change::<(), (), _>(&alice, move |desk| {
        let mut events = Vec::new();
        for n in 0..N_ENTRIES {
            let beginning = if n % 2 == 0 { PURGED } else { "zqkept" };
            let mut entry = Entry::new(id(n), EntryType::Note, "test", desk.now());
            let said = (0..8).map(|k| lettered(beginning, n * 8 + k)).collect::<Vec<_>>().join(" ");
            entry.data.insert("description".to_owned(), said.into());
            let entry = desk.put(entry, &Terms::default(), &[])?;
            events.push(Record::change("default", Action::Created, &entry, "remember"));
        }
        Ok(((), events))
    });
    remembered.unwrap();
    let purged = audit.change::<(), (), _>(&alice, move |desk| {
        let mut events = Vec::new();
        for n in (0..N_ENTRIES).step_by(2) {
            let entry = desk.entry_for_change(id(n))?.expect("it was put");
            desk.purge(entry.id)?;
            events.push(Record::change("default", Action::Purged, &entry, "forget"));
        }
        Ok(((), events))
    });
    purged.unwrap();
    audit.record(marked("another", GONE, 1)).unwrap();
    assert_eq!(erase(&audit, &of_gone()).pending, []);
    assert_eq!(n_in_pages(folder.path(), "entry_text", PURGED), 0);
    check_gone(folder.path(), PURGED.as_bytes());
    assert!(!found(folder.path(), b"zqkept").is_empty(), "words of entries that are there are not found");
    check_sound(folder.path());
}
