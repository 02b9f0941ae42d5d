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

/// Purges entries with words of the erased, and answers where these are left once the next erasure has scrubbed.
fn left_of_purged(purges: bool) -> BTreeMap<PathBuf, usize> {
    const N_ENTRIES: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&settings(folder.path())).unwrap();
    let alice = Caller::new("default", "alice").unwrap();
    let id = |n: usize| {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&(n as u64).to_be_bytes());
        EntryId::v4(bytes)
    };
    let remembered = audit.change::<(), (), _>(&alice, move |desk| {
        let mut events = Vec::new();
        for n in 0..N_ENTRIES {
            let marker = if n % 2 == 0 { GONE } else { STAYS };
            let mut entry = Entry::new(id(n), EntryType::Note, "test", desk.now());
            let said = (0..8).map(|k| format!("{marker}{}", scattered(n * 8 + k))).collect::<Vec<_>>().join(" ");
            entry.data.insert("description".to_owned(), said.into());
            let entry = desk.put(entry, &Terms::default(), &[])?;
            events.push(Record::change("default", Action::Created, &entry, "remember"));
        }
        Ok(((), events))
    });
    remembered.unwrap();
    if purges {
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
    }
    audit.record(marked("another", GONE, 1)).unwrap();
    assert_eq!(erase(&audit, &of_gone()).pending, []);
    assert!(!found(folder.path(), STAYS.to_ascii_lowercase().as_bytes()).is_empty());
    check_sound(folder.path());
    found(folder.path(), format!("{GONE}0").to_ascii_lowercase().as_bytes())
}

/// The index of entries is scrubbed with that of events.
#[test]
fn words_of_purged_entries_are_nowhere_after_the_next_scrub() {
    assert_eq!(left_of_purged(true), BTreeMap::new());
    assert!(!left_of_purged(false).is_empty(), "entries that are there are not found");
}
