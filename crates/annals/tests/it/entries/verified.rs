//! `verify` replays what the log says of entries against the tables.
//!
//! Every way to change an entry through the service leaves a sound log, which is the control; every attack on the tables is made with SQL beside it, and names the entry that it was made on.

use std::path::Path;

use annals::verify::{Options, Report, verify};
use annals::{Audit, Caller, Erasure, Mode, Settings};
use annals_store::awareness::{Act, Action, Change, Desk, Entry, EntryId, EntryType, Record, Terms, UsageWish};

use super::{notes, remember};

fn alice() -> Caller {
    Caller::new("team", "alice").unwrap()
}

fn id(n: u8) -> EntryId {
    EntryId::v4([n; 16])
}

/// One change of an entry that is there.
fn change(audit: &Audit, n: u8, action: Action, alter: fn(&mut Entry)) {
    let work = move |desk: &mut dyn Desk| {
        let mut entry = desk.entry_for_change(id(n))?.unwrap();
        let before = Change { at: desk.now(), changed: entry.data.clone() };
        alter(&mut entry);
        let kept = (action == Action::Updated).then_some(&before);
        let entry = match action {
            Action::Purged => {
                desk.purge(entry.id)?;
                entry
            }
            _ => desk.replace(entry, None, kept)?,
        };
        Ok(((), vec![Record::change("team", action, &entry, "test")]))
    };
    audit.change::<(), (), _>(&alice(), work).unwrap();
}

/// A log in which entries were made, changed, put into the trash, taken out again and purged: 1 to 7 are there, 8 is gone.
fn lived(data: &Path) {
    let audit = Audit::open(data).unwrap();
    for n in 1..=8 {
        remember(&audit, &alice(), n).unwrap();
    }
    let updated: fn(&mut Entry) = |entry| {
        entry.updated = Some(annals::Timestamp::from_nanos(5));
        entry.tags = vec!["b".to_owned(), "a".to_owned(), "b".to_owned()];
        entry.data.insert("learned_from".to_owned(), "chat".into());
        entry.data.insert("related_ids".to_owned(), vec![id(1).to_string(), id(2).to_string()].into());
    };
    let trashed: fn(&mut Entry) = |entry| entry.deleted = Some(annals::Timestamp::from_nanos(7));
    change(&audit, 2, Action::Updated, updated);
    change(&audit, 2, Action::Updated, |entry| drop(entry.data.insert("more".to_owned(), 1.into())));
    change(&audit, 3, Action::Trashed, trashed);
    change(&audit, 4, Action::Trashed, trashed);
    change(&audit, 4, Action::Restored, |entry| entry.deleted = None);
    change(&audit, 8, Action::Trashed, trashed);
    change(&audit, 8, Action::Purged, |_| ());
    audit.close().unwrap();
}

fn verified(data: &Path) -> Report {
    verify(&data.join("annals.db"), &Options::default(), &mut |_| ()).unwrap()
}

fn attack(data: &Path, sql: &str) {
    rusqlite::Connection::open(data.join("annals.db")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn what_happens_through_the_service_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path());
    let report = verified(folder.path());
    assert_eq!(report.findings, [], "a sound log is accused");
    assert!(report.notes.iter().any(|note| note == "7 entries were held against the log"), "{:?}", report.notes);
}

#[test]
fn an_entry_that_was_changed_behind_its_back_is_named() {
    let attacks = [
        ("UPDATE entry SET data = '{\"description\":\"another\"}' WHERE n = 2", 2, "is not as event"),
        ("UPDATE entry SET credential = 'bob' WHERE n = 2", 2, "is not as event"),
        ("UPDATE entry SET tags = '[]' WHERE n = 2", 2, "is not as event"),
        ("UPDATE entry SET expires = 5 WHERE n = 2", 2, "is not as event"),
        ("UPDATE entry SET deleted = 5 WHERE n = 2", 2, "is not as event"),
        // Taken out of the trash, put back into it, and purged without a word.
        ("UPDATE entry SET deleted = NULL WHERE n = 3", 3, "is not as event"),
        ("UPDATE entry SET deleted = 7 WHERE n = 4", 4, "is not as event"),
        ("DELETE FROM entry WHERE n = 3", 3, "is gone"),
        ("DELETE FROM entry WHERE n = 2", 2, "is gone"),
        ("UPDATE entry SET space = 'other' WHERE n = 2", 2, "no event tells of it"),
        ("UPDATE entry SET space = 'other' WHERE n = 2", 2, "is gone"),
        ("UPDATE entry SET id = x'09090909090949098909090909090909' WHERE n = 2", 9, "no event tells of it"),
        // One that was purged comes back.
        (
            "INSERT INTO entry (space, id, entry_type, source, tags, created, credential, data, n_changes, changes_digest, has_effect, unread, counted)
             SELECT space, x'08080808080848088808080808080808', entry_type, source, tags, created, credential, data, n_changes, changes_digest, 0, 1, 1 FROM entry WHERE n = 1",
            8,
            "is not as event",
        ),
        ("UPDATE entry SET state = 'active' WHERE n = 2", 2, "do not follow from it"),
        ("UPDATE entry SET learned_from = NULL WHERE n = 2", 2, "do not follow from it"),
        ("INSERT INTO entry_change VALUES (1, 0, 5, '{}')", 1, "do not follow from it"),
        ("UPDATE entry_change SET changed = '{}' WHERE n = 2 AND nth = 1", 2, "do not follow from it"),
        ("DELETE FROM entry_change WHERE n = 2 AND nth = 0", 2, "do not follow from it"),
        ("DELETE FROM entry_tag WHERE n = 2 AND tag = 'a'", 2, "do not follow from it"),
        ("INSERT INTO entry_tag SELECT space, 'c', touched, id, n FROM entry WHERE n = 2", 2, "do not follow from it"),
        ("UPDATE entry_tag SET touched = 1 WHERE n = 2", 2, "do not follow from it"),
        ("DELETE FROM entry_link WHERE n = 2", 2, "do not follow from it"),
        ("INSERT INTO entry_link SELECT space, id, 5 FROM entry WHERE n = 2", 5, "do not follow from it"),
    ];
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path());
    for (sql, n, words) in attacks {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("annals.db"), copy.path().join("annals.db")).unwrap();
        attack(copy.path(), sql);
        let report = verified(copy.path());
        let named = id(n).to_string();
        let accused =
            report.findings.iter().any(|finding| finding.text.contains(&named) && finding.text.contains(words));
        assert!(accused, "{sql}: {:?}", report.findings);
        let others = [1, 2, 3, 4, 5, 6, 7].map(|n| id(n).to_string());
        let others = || others.iter().filter(|other| **other != named && !(n == 9 && **other == id(2).to_string()));
        assert!(
            !report.findings.iter().any(|finding| others().any(|id| finding.text.contains(id))),
            "{sql}: {:?}",
            report.findings
        );
    }
}

/// What `docs/threats.md` says is not seen: which words an entry should have.
#[test]
fn which_words_an_entry_should_have_nobody_knows() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path());
    // A word that nobody wrote, wherever words are kept: the index, and the bag of a search with the word's digest.
    let bag = "01000000718ab652010000";
    attack(
        folder.path(),
        &format!(
            "UPDATE entry_text SET title = '1_another' WHERE rowid = 2; UPDATE entry_bag SET bag = x'{bag}' WHERE n = 2"
        ),
    );
    assert_eq!(verified(folder.path()).findings, [], "say so in the table of threats");
    // The controls: the same attack on one of the two, and on the index alone.
    attack(folder.path(), "UPDATE entry_bag SET bag = x'00000000' WHERE n = 2");
    assert_ne!(verified(folder.path()).findings, []);
    attack(folder.path(), &format!("UPDATE entry_bag SET bag = x'{bag}' WHERE n = 2"));
    assert_eq!(verified(folder.path()).findings, []);
    attack(folder.path(), "DELETE FROM entry_text_data WHERE id > 10");
    assert_ne!(verified(folder.path()).findings, []);
}

#[test]
fn a_row_that_nobody_could_have_written_is_a_finding_and_no_failure() {
    for sql in ["UPDATE entry SET data = 'no JSON' WHERE n = 2", "UPDATE entry SET entry_type = 'x' WHERE n = 2"] {
        let folder = tempfile::tempdir().unwrap();
        lived(folder.path());
        attack(folder.path(), sql);
        let report = verified(folder.path());
        assert!(report.findings.iter().any(|finding| finding.text.contains("cannot be read")), "{:?}", report.findings);
    }
}

/// What an emptied event may have said excuses one entry, and no second one.
#[test]
fn an_erased_event_excuses_one_entry_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(folder.path()).mode(Mode::Synchronous)).unwrap();
    for n in 1..=4 {
        remember(&audit, &alice(), n).unwrap();
    }
    change(&audit, 3, Action::Updated, |entry| entry.source.push('!'));
    let events = audit.query(&annals::Filter::new(), &annals::PageRequest::default()).unwrap().events;
    let of = |n: u8| {
        let named = id(n).to_string();
        events.iter().find(|event| event.details.as_deref().is_some_and(|details| details.contains(&named))).unwrap().id
    };
    // The newest word on 3, and the only one on 1.
    let erasure = Erasure::of_events([of(1), of(3)], "a test").unwrap();
    assert_eq!(audit.erase(&erasure, &mut |_| {}).unwrap().n_events, 2);
    audit.close().unwrap();
    assert_eq!(verified(folder.path()).findings, []);
    attack(folder.path(), "UPDATE entry SET source = 'behind' WHERE n = 4");
    let report = verified(folder.path());
    assert!(report.findings.iter().any(|finding| finding.text.contains(&id(4).to_string())), "{:?}", report.findings);
}

#[test]
fn what_an_erased_event_told_of_an_entry_is_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::with_settings(&Settings::new(folder.path()).mode(Mode::Synchronous)).unwrap();
    remember(&audit, &alice(), 1).unwrap();
    let acted = |detail: &'static str| {
        let work = move |_: &mut dyn Desk| {
            let act = Act { entry: id(1), action: "fixed", detail: Some(detail), tags: &[], platform: Some("zed") };
            Ok(((), vec![Record::acted("acted_on", &act)]))
        };
        audit.change::<(), (), _>(&alice(), work).unwrap();
    };
    acted("Zq7Gone by hand");
    acted("Zq7Stays by hand");
    for event in
        Record::reading("get_knowledge", Some("Zq7Gone"), &annals::json!({}).as_object().unwrap().clone(), &[id(1)])
    {
        audit.accept(event, &alice()).unwrap();
    }
    let usage = || {
        let wish = UsageWish { limit: 9, ..UsageWish::default() };
        let told = audit.look(&alice(), |shelf| Ok((shelf.usage(&wish)?, shelf.readings(&[id(1)])?))).unwrap();
        (told.0.len(), told.1[0].n_reads)
    };
    let holds = |bytes: &str| {
        let files =
            ["annals.db", "annals.db-wal"].map(|name| std::fs::read(folder.path().join(name)).unwrap_or_default());
        files.iter().any(|file| file.windows(bytes.len()).any(|window| window == bytes.as_bytes()))
    };
    assert_eq!(usage(), (3, 1));
    assert!(holds("Zq7Gone"), "the search would find nothing anyway");
    let events = audit.query(&annals::Filter::new(), &annals::PageRequest::default()).unwrap().events;
    let gone: Vec<_> =
        events.iter().filter(|event| format!("{event:?}").contains("Zq7Gone")).map(|event| event.id).collect();
    assert_eq!(gone.len(), 2);
    assert_eq!(audit.erase(&Erasure::of_events(gone, "a test").unwrap(), &mut |_| {}).unwrap().pending, []);
    assert_eq!(usage(), (1, 0));
    assert!(!holds("Zq7Gone") && holds("Zq7Stays"));
    audit.close().unwrap();
    assert_eq!(verified(folder.path()).findings, []);
}

#[test]
fn a_backup_has_the_entries_and_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path());
    let audit = Audit::open(folder.path()).unwrap();
    let file = folder.path().join("copy.db");
    audit.backup(&file, &mut |_| ()).unwrap();
    // What comes after the copy is not in it.
    remember(&audit, &alice(), 9).unwrap();
    audit.close().unwrap();
    let restored = tempfile::tempdir().unwrap();
    let settings = Settings::new(restored.path().join("trail"));
    annals::backup::restore(&settings, &file, annals::backup::Existing::Keep, &mut |_| ()).unwrap();
    let audit = Audit::open(restored.path().join("trail")).unwrap();
    let mut found = notes(&audit, &alice());
    found.sort();
    assert_eq!(found, [1, 2, 4, 5, 6, 7].map(id));
    change(&audit, 1, Action::Updated, |entry| entry.source.push('!'));
    audit.close().unwrap();
    assert_eq!(verified(&restored.path().join("trail")).findings, []);
}

#[test]
fn many_kinds_of_entries_are_sound_together() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    for (n, entry_type) in (1..).zip(EntryType::ALL) {
        for space in ["team", "other"] {
            let caller = Caller::new(space, "alice").unwrap();
            let work = move |desk: &mut dyn Desk| {
                let mut entry = Entry::new(id(n), entry_type, "x", desk.now());
                let data = annals::json!({
                    "alert_id": "a", "resolved": n % 2 == 0, "state": "pending", "deliver_at": "2030-01-01T00:00:00Z", "effect": "quiet",
                    "scope": "s", "key": "k", "family": "f", "version": "1", "schema_ref": "f", "schema_version": "1", "n": 1.0e300,
                });
                entry.data = data.as_object().unwrap().clone();
                let entry = desk.put(entry, &Terms::default(), &[])?;
                Ok(((), vec![Record::change(space, Action::Created, &entry, "test")]))
            };
            audit.change::<(), (), _>(&caller, work).unwrap();
        }
    }
    audit.close().unwrap();
    assert_eq!(verified(folder.path()).findings, []);
}
