//! Attacks on what stands beside the entries, each with SQL: a verification that sees calls it by its name, and one that is blind to it, which is the control, finds every one of them sound.

use std::path::Path;

use annals_store::awareness::{Act, Action, Change, Desk, Entry, EntryId, EntryType, Record, Terms};
use rusqlite::Connection;

use crate::place::Database;
use crate::verify::span::Sight;
use crate::verify::{Options, Report, Verdict, run};
use crate::{Audit, Caller, Erasure, Filter, Mode, PageRequest, Settings, Timestamp, json};

fn id(n: u8) -> EntryId {
    EntryId::v4([n; 16])
}

fn report(data: &Path, sight: Sight) -> Report {
    run::run(&Database::File(data.join("annals.db")), &Options::default(), &mut |_| (), sight).unwrap()
}

fn kept(audit: &Audit, space: &'static str, n: u8, expires: Option<Timestamp>) {
    let work = move |desk: &mut dyn Desk| {
        let mut entry = Entry::new(id(n), EntryType::Note, format!("source {}", n % 2), desk.now());
        (entry.tags, entry.expires) = (vec!["a".to_owned(), format!("t{n}")], expires);
        let terms =
            Terms { title: format!("note nr{n}"), body: "rain".to_owned(), labels: String::new(), language: "en" };
        let entry = desk.put(entry, &terms, &[])?;
        Ok(((), vec![Record::change(space, Action::Created, &entry, "test")]))
    };
    audit.change::<(), (), _>(&Caller::new(space, "alice").unwrap(), work).unwrap();
}

/// Entries 1 to 4 are there, 3 of them in the trash and 4 expired, 5 is gone; 1 and 5 were read and acted on, one reading of 1 was erased.
fn lived(data: &Path) {
    let audit = Audit::with_settings(&Settings::new(data).mode(Mode::Synchronous)).unwrap();
    let alice = Caller::new("team", "alice").unwrap();
    for n in 1..=5 {
        kept(&audit, "team", n, (n == 4).then(|| Timestamp::from_nanos(5)));
    }
    kept(&audit, "other", 1, None);
    for (platform, entries) in [("gone", &[1][..]), ("cursor", &[1, 5]), ("zed", &[1])] {
        let entries: Vec<EntryId> = entries.iter().map(|n| id(*n)).collect();
        for event in Record::reading("get_knowledge", Some(platform), json!({}).as_object().unwrap(), &entries) {
            audit.accept(event, &alice).unwrap();
        }
    }
    let acted = |n: u8| {
        let work = move |_: &mut dyn Desk| {
            let tags = ["done".to_owned()];
            let act = Act { entry: id(n), action: "fixed", detail: Some("by hand"), tags: &tags, platform: None };
            Ok(((), vec![Record::acted("acted_on", &act)]))
        };
        audit.change::<(), (), _>(&alice, work).unwrap();
    };
    acted(1);
    acted(5);
    let change = |n: u8, action: Action| {
        let work = move |desk: &mut dyn Desk| {
            let mut entry = desk.entry_for_change(id(n))?.unwrap();
            let before = Change { at: desk.now(), changed: entry.data.clone() };
            match action {
                Action::Purged => desk.purge(entry.id)?,
                Action::Trashed => {
                    entry.deleted = Some(Timestamp::from_nanos(7));
                    entry = desk.replace(entry, None, None)?;
                }
                _ => {
                    entry.tags.push("more".to_owned());
                    entry = desk.replace(entry, None, Some(&before))?;
                }
            }
            Ok(((), vec![Record::change("team", action, &entry, "test")]))
        };
        audit.change::<(), (), _>(&alice, work).unwrap();
    };
    change(2, Action::Updated);
    change(3, Action::Trashed);
    change(5, Action::Purged);
    let events = audit.query(&Filter::new(), &PageRequest::default()).unwrap().events;
    let gone: Vec<_> =
        events.iter().filter(|event| format!("{event:?}").contains("gone")).map(|event| event.id).collect();
    assert_eq!(audit.erase(&Erasure::of_events(gone, "a test").unwrap(), &mut |_| {}).unwrap().n_events, 1);
    audit.close().unwrap();
}

const USAGE: &str = "and acted on it is not what the log tells at event";
const READINGS: &str = "is not what the list of its readings tells";
const UNREAD: &str = "was ever read is not what its readings tell";
const COUNTED: &str = "is left out of what is counted";
const COUNTS: &str = "a count of entries";
const WORDS: &str = "has lost the words";
const STRAY_WORDS: &str = "words of entries that are not there";
const INDEX: &str = "the index by which entries are found";

#[test]
fn what_was_changed_beside_the_entries_is_called_by_its_name() {
    let attacks = [
        ("UPDATE entry_usage SET action = 'FORGED' WHERE kind = 1", USAGE),
        ("UPDATE entry_usage SET detail = NULL WHERE kind = 1", USAGE),
        ("UPDATE entry_usage SET tags = '[]' WHERE kind = 1", USAGE),
        ("UPDATE entry_usage SET tool = 'another' WHERE kind = 0", USAGE),
        ("UPDATE entry_usage SET platform = NULL WHERE platform = 'zed'", USAGE),
        ("UPDATE entry_usage SET at = at + 1 WHERE kind = 1", USAGE),
        ("UPDATE entry_usage SET space = 'other' WHERE kind = 1", USAGE),
        ("UPDATE entry_usage SET entry = (SELECT id FROM entry WHERE n = 2) WHERE kind = 1", USAGE),
        ("UPDATE entry_usage SET kind = 1 - kind", USAGE),
        ("UPDATE entry_usage SET id = id + 1 WHERE kind = 1", USAGE),
        ("DELETE FROM entry_usage WHERE kind = 0", USAGE),
        ("DELETE FROM entry_usage WHERE id = (SELECT max(id) FROM entry_usage)", USAGE),
        ("DELETE FROM entry_usage WHERE id % 1024 = 1", USAGE),
        ("DELETE FROM entry_usage", USAGE),
        // Whoever tells again what was erased, and whoever tells of an event that never was.
        (
            "INSERT INTO entry_usage SELECT min(id) - 1024, kind, space, entry, at, 'gone', tool, action, detail, tags FROM entry_usage",
            USAGE,
        ),
        (
            "INSERT INTO entry_usage SELECT max(id) + 1048576, kind, space, entry, at, platform, tool, action, detail, tags FROM entry_usage",
            USAGE,
        ),
        ("UPDATE entry_readings SET n_reads = 99", READINGS),
        ("UPDATE entry_readings SET last = last + 1", READINGS),
        ("DELETE FROM entry_readings", READINGS),
        ("INSERT INTO entry_readings SELECT space, id, 1, 1 FROM entry WHERE n = 2", READINGS),
        ("UPDATE entry SET unread = 0 WHERE n = 2", UNREAD),
        ("UPDATE entry SET unread = 1 WHERE n = 1", UNREAD),
        ("UPDATE entry SET counted = 0 WHERE n = 2", COUNTED),
        ("UPDATE entry SET counted = 1 WHERE n = 3", COUNTED),
        ("UPDATE entry_count SET n_entries = n_entries + 1000", COUNTS),
        ("DELETE FROM entry_count", COUNTS),
        ("INSERT INTO entry_count VALUES ('team', 'nobody', 'note', 1)", COUNTS),
        ("UPDATE entry_tag_count SET n_entries = 0 WHERE tag = 'a'", COUNTS),
        ("DELETE FROM entry_tag_count WHERE tag = 't1'", COUNTS),
        ("DELETE FROM entry_text WHERE rowid = 2", WORDS),
        ("DELETE FROM entry_text_content", WORDS),
        ("DELETE FROM entry_text_docsize", WORDS),
        ("UPDATE entry_space SET n = n + 7", WORDS),
        ("DELETE FROM entry_space WHERE space = 'team'", WORDS),
        ("UPDATE entry_text SET title = '2_note', body = '', labels = '' WHERE rowid = 1", WORDS),
        ("INSERT INTO entry_text (rowid, title, body, labels) VALUES (77, '1_note', '', '')", STRAY_WORDS),
        ("DELETE FROM entry_text_data WHERE id > 10", INDEX),
        ("UPDATE entry_text_content SET c0 = '1_sun' WHERE id = 1", INDEX),
    ];
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path());
    let sound = report(folder.path(), Sight::WHOLE);
    assert_eq!(sound.findings, [], "a sound log is accused");
    for (sql, words) in attacks {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("annals.db"), copy.path().join("annals.db")).unwrap();
        let connection = Connection::open(copy.path().join("annals.db")).unwrap();
        connection.execute_batch(sql).unwrap();
        assert!(connection.total_changes() > 0, "{sql} changed nothing");
        drop(connection);
        let seen = report(copy.path(), Sight::WHOLE);
        assert!(seen.findings.iter().any(|finding| finding.text.contains(words)), "{sql}: {:?}", seen.findings);
        assert_eq!(seen.verdict(), Some(Verdict::Edited), "{sql}");
        assert_eq!(seen.n_sound, sound.n_sound, "{sql}: the log itself is sound");
        assert_eq!(report(copy.path(), Sight::WITHOUT_ENTRIES).findings, [], "{sql}: the control sees something");
    }
}

/// Each kind is told once, so that many rows cannot fill the report.
#[test]
fn each_kind_is_told_once_with_how_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path());
    Connection::open(folder.path().join("annals.db"))
        .unwrap()
        .execute_batch("UPDATE entry_usage SET action = 'FORGED' WHERE kind = 1; UPDATE entry SET unread = 1 - unread")
        .unwrap();
    let texts: Vec<String> =
        report(folder.path(), Sight::WHOLE).findings.into_iter().map(|finding| finding.text).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts.iter().any(|text| text.contains(USAGE)
            && text.contains(&id(1).to_string())
            && text.ends_with("(and 1 more of this kind)")),
        "{texts:?}"
    );
    assert!(texts.iter().any(|text| text.contains(UNREAD) && text.ends_with("(and 4 more of this kind)")), "{texts:?}");
}
