//! What is erased is gone from the index of words as well, with its deletions' own traces, and the search for it finds nothing.

use annals::store::Filter;
use annals_ask::search;

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
