//! Changes: all or nothing, told by the log, and none lost among many.

use std::sync::Arc;

use annals_event::Event;
use serde_json::json;

use super::{TEAM, all, alter, at, change, encoded, entries, entry, id, ids, look, note, put, words};
use crate::awareness::{Abort, Action, Answered, Change, Choice, Desk, EntryType, Name, Record, Terms, Trace};
use crate::suite::Database;
use crate::suite::together::{Work, together};
use crate::{ErrorKind, EventStore, Filter, PageRequest};

/// Every field comes back, and the digest is that of what was put.
pub fn an_entry_is_given_back_as_it_was_put(database: &dyn Database) {
    let store = database.open();
    let mut given = entry(1, EntryType::Note, "home", json!({"a": [1.5, null, -0.1], "b": {"c": "ü\n\u{1F600}"}}));
    given.tags = vec!["z".to_owned(), "a".to_owned(), "z".to_owned()];
    (given.updated, given.expires) = (Some(at(2)), Some(at(1_000_000_000)));
    (given.logical_key, given.language) = (Some("key".to_owned()), Some("de".to_owned()));
    let done = put(store.as_ref(), TEAM, std::slice::from_ref(&given));
    assert_eq!(done, [given.clone()]);
    let found = look(store.as_ref(), TEAM, |shelf| shelf.entry(id(1))).expect("it is there");
    assert_eq!(found, given);
    assert_eq!(found.digest(TEAM), given.digest(TEAM));
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.keyed("home", "key")), Some(given));
}

/// Changes are counted, digested and given back in order; those of an import too.
pub fn what_an_entry_was_is_kept_beside_it(database: &dyn Database) {
    let store = database.open();
    let changes: Vec<Change> = (0..3)
        .map(|n| Change { at: at(n), changed: json!({"n": n}).as_object().expect("an object").clone() })
        .collect();
    let imported = changes[..2].to_vec();
    let (first, _) = change(store.as_ref(), TEAM, move |desk| {
        let entry = desk.put(note(1), &words("a"), &imported)?;
        let event = Record::change(TEAM, Action::Imported, &entry, "import");
        Ok((entry, vec![event]))
    })
    .expect("put");
    assert_eq!(first.n_changes, 2);
    let third = changes[2].clone();
    let (second, _) = change(store.as_ref(), TEAM, move |desk| {
        let entry = desk.entry_for_change(id(1))?.expect("it is there");
        let entry = desk.replace(entry, None, Some(&third))?;
        let event = Record::change(TEAM, Action::Updated, &entry, "update_entry");
        Ok((entry, vec![event]))
    })
    .expect("replaced");
    let mut expected = note(1);
    for change in &changes {
        expected.add_change(change);
    }
    assert_eq!((second.n_changes, second.changes_digest), (3, expected.changes_digest));
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.changes(&[id(9), id(1)])), [(id(1), changes)]);
}

/// The event is in the log with the entry's digest when the change is answered, at the `seq` that is answered.
pub fn a_change_is_in_the_log_with_its_entry(database: &dyn Database) {
    let store = database.open();
    let (done, seq) = change(store.as_ref(), TEAM, |desk| {
        let entry = desk.put(note(1), &words("a"), &[])?;
        let event = Record::change(TEAM, Action::Created, &entry, "remember");
        Ok((entry, vec![event]))
    })
    .expect("put");
    let rows = store.query(&Filter::new(), &PageRequest::default()).expect("read").events;
    assert_eq!(rows.len(), 1);
    assert_eq!((Some(rows[0].seq), rows[0].space.as_str()), (seq, TEAM));
    assert_eq!(Trace::of(&rows[0]), Some(Trace::Changed { entry: id(1), digest: done.digest(TEAM) }));
}

/// No change without its record: nothing of it is kept.
pub fn a_change_without_its_event_is_refused(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1)]);
    let told_otherwise = |desk: &mut dyn Desk| {
        let entry = desk.put(note(2), &words("b"), &[])?;
        let mut other = entry;
        other.source.push('!');
        Ok(((), vec![Record::change(TEAM, Action::Created, &other, "remember")]))
    };
    let untold = |desk: &mut dyn Desk| desk.purge(id(1)).map(|()| ((), Vec::new())).map_err(Abort::from);
    for outcome in [change(store.as_ref(), TEAM, told_otherwise), change(store.as_ref(), TEAM, untold)] {
        assert!(matches!(&outcome, Err(Abort::Store(error)) if error.kind() == ErrorKind::Invalid), "{outcome:?}");
    }
    assert_eq!(ids(&all(store.as_ref(), TEAM, &Choice::default())), [id(1)]);
    assert_eq!(store.head().expect("read").n_events, 1);
}

/// Entries, words and events of a work that stops are nowhere.
pub fn a_work_that_stops_leaves_nothing(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1)]);
    let stopped = change(store.as_ref(), TEAM, |desk| {
        desk.put(note(2), &words("b"), &[])?;
        desk.purge(id(1))?;
        assert_eq!(desk.entry(id(2))?.map(|entry| entry.id), Some(id(2)), "a work sees what it wrote");
        Err::<((), Vec<Event>), Abort>(Abort::Refused)
    });
    assert!(matches!(stopped, Err(Abort::Refused)), "{stopped:?}");
    assert_eq!(ids(&all(store.as_ref(), TEAM, &Choice::default())), [id(1)]);
    assert_eq!(store.head().expect("read").n_events, 1);
    let (nothing, seq) = change(store.as_ref(), TEAM, |desk| Ok((desk.entry(id(2))?, Vec::new()))).expect("looked");
    assert_eq!((nothing, seq), (None, None));
}

/// Among many at once, those that stop or panic are undone alone.
pub fn a_work_that_panics_harms_nobody_else(database: &dyn Database) {
    let store = database.open();
    let works: Vec<Work<Result<(), Abort>>> = (0..12_u8)
        .map(|n| {
            let store = Arc::clone(&store);
            let work = move || {
                change(store.as_ref(), TEAM, move |desk| {
                    let entry = desk.put(note(n), &words("x"), &[])?;
                    assert!(n % 3 != 1, "a panic that is meant to be");
                    let event = Record::change(TEAM, Action::Created, &entry, "remember");
                    if n % 3 == 2 { Err(Abort::Refused) } else { Ok(((), vec![event])) }
                })
                .map(|_| ())
            };
            (format!("change-{n}"), Box::new(work) as Box<dyn FnOnce() -> Result<(), Abort> + Send>)
        })
        .collect();
    for (n, outcome) in together(works).into_iter().enumerate() {
        match n % 3 {
            0 => assert!(outcome.is_ok(), "{n}: {outcome:?}"),
            1 => assert!(
                matches!(&outcome, Err(Abort::Store(error)) if error.kind() == ErrorKind::Panicked),
                "{n}: {outcome:?}"
            ),
            _ => assert!(matches!(outcome, Err(Abort::Refused)), "{n}: {outcome:?}"),
        }
    }
    assert_eq!(ids(&all(store.as_ref(), TEAM, &Choice::default())), [id(9), id(6), id(3), id(0)]);
    assert_eq!(store.head().expect("read").n_events, 4);
}

/// What is taken is refused, and the work may go on; in the trash it is free, and taking it out again is refused then.
pub fn an_id_key_or_name_is_one_entrys(database: &dyn Database) {
    let store = database.open();
    let keyed = |n| {
        let mut note = note(n);
        note.logical_key = Some("key".to_owned());
        note
    };
    let alert = |n| entry(n, EntryType::Alert, "nas", json!({"alert_id": "disk"}));
    put(store.as_ref(), TEAM, &[keyed(1), alert(2)]);
    put(store.as_ref(), "other", &[keyed(1), alert(2)]);
    let (refused, _) = change(store.as_ref(), TEAM, move |desk| {
        let mut refused = Vec::new();
        for entry in [note(1), keyed(3), alert(4)] {
            refused.push(desk.put(entry, &Terms::default(), &[]).map(|entry| entry.id).map_err(|error| error.kind()));
        }
        let entry = desk.put(note(5), &Terms::default(), &[])?;
        Ok((refused, vec![Record::change(TEAM, Action::Created, &entry, "remember")]))
    })
    .expect("the work goes on");
    assert_eq!(refused, [Err(ErrorKind::Taken); 3]);
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.named(&Name::alert("nas", "disk"))), Some(alert(2)));
    alter(store.as_ref(), TEAM, id(1), |entry| entry.deleted = Some(at(5))).expect("put into the trash");
    put(store.as_ref(), TEAM, &[keyed(3)]);
    let back = alter(store.as_ref(), TEAM, id(1), |entry| entry.deleted = None);
    assert!(matches!(&back, Err(Abort::Store(error)) if error.kind() == ErrorKind::Taken), "{back:?}");
}

/// Many who look for a key and make the entry where there is none, through two stores: one makes it.
pub fn a_key_is_made_once_by_many_at_once(database: &dyn Database) {
    let stores = [database.open(), database.open()];
    let works: Vec<Work<bool>> = (0..16_u8)
        .map(|n| {
            let store = Arc::clone(&stores[usize::from(n % 2)]);
            let work = move || {
                change(store.as_ref(), TEAM, move |desk| {
                    if desk.keyed_for_change("test", "key")?.is_some() {
                        return Ok((false, Vec::new()));
                    }
                    let mut entry = note(n);
                    entry.logical_key = Some("key".to_owned());
                    let entry = desk.put(entry, &words("x"), &[])?;
                    Ok((true, vec![Record::change(TEAM, Action::Created, &entry, "remember")]))
                })
                .expect("made or found")
                .0
            };
            (format!("upsert-{n}"), Box::new(work) as Box<dyn FnOnce() -> bool + Send>)
        })
        .collect();
    assert_eq!(together(works).into_iter().filter(|made| *made).count(), 1);
    assert_eq!(all(stores[0].as_ref(), TEAM, &Choice::default()).len(), 1);
}

/// Twenty who change one entry at once, through two stores: twenty changes are kept, in one order.
pub fn of_many_changes_at_once_none_is_lost(database: &dyn Database) {
    let stores = [database.open(), database.open()];
    put(stores[0].as_ref(), TEAM, &[note(1)]);
    let works: Vec<Work<()>> = (0..20_u8)
        .map(|n| {
            let store = Arc::clone(&stores[usize::from(n % 2)]);
            let work = move || {
                let altered = alter(store.as_ref(), TEAM, id(1), move |entry| {
                    let sum = entry.data.get("sum").and_then(serde_json::Value::as_u64).unwrap_or(0);
                    entry.data.insert("sum".to_owned(), (sum + 1).into());
                });
                altered.expect("altered");
            };
            (format!("change-{n}"), Box::new(work) as Box<dyn FnOnce() + Send>)
        })
        .collect();
    together(works);
    let found = look(stores[1].as_ref(), TEAM, |shelf| shelf.entry(id(1))).expect("it is there");
    assert_eq!((found.data.get("sum"), found.n_changes), (Some(&20.into()), 20));
    let changes = look(stores[0].as_ref(), TEAM, |shelf| shelf.changes(&[id(1)])).pop().expect("changes").1;
    for (n, change) in changes.iter().enumerate().skip(1) {
        assert_eq!(change.changed.get("sum"), Some(&n.into()), "change {n} holds what the one before it made");
    }
    assert_eq!(stores[0].head().expect("read").n_events, 21);
}

/// Purging takes the entry out of everything but the log.
pub fn an_entry_that_is_gone_is_nowhere(database: &dyn Database) {
    let store = database.open();
    let mut tagged = note(1);
    tagged.tags = vec!["t".to_owned()];
    let tagged = put(store.as_ref(), TEAM, &[tagged]).remove(0);
    change(store.as_ref(), TEAM, move |desk| {
        desk.purge(id(1))?;
        Ok(((), vec![Record::change(TEAM, Action::Purged, &tagged, "cleaner")]))
    })
    .expect("purged");
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.any_entry(id(1))), None);
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.tags()), []);
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.stats()), crate::awareness::Stats::default());
    assert_eq!(store.head().expect("read").n_events, 2);
}

/// What was answered is there for whoever opens the database next, and a closed store says so.
pub fn entries_are_there_after_closing_and_opening_again(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1)]);
    store.close().expect("closed");
    let payload = encoded(TEAM, &Event::new("tool.invoked"));
    let closed = entries(store.as_ref()).change(TEAM, Box::new(move |_| Ok(vec![payload.clone()])));
    assert!(matches!(&closed, Err(Abort::Store(error)) if error.kind() == ErrorKind::Closed), "{closed:?}");
    let store: Arc<dyn EventStore> = database.open();
    assert_eq!(ids(&all(store.as_ref(), TEAM, &Choice::default())), [id(1)]);
}

/// What lay in the trash before a moment, and what expired before it, in whichever space; and nothing else.
pub fn what_is_stale_is_found_in_every_space(database: &dyn Database) {
    let store = database.open();
    let mut entries: Vec<_> = (1..=6).map(note).collect();
    for (n, entry) in entries.iter_mut().enumerate() {
        let moment = Some(at(if n % 2 == 0 { 100 } else { 200 }));
        match n / 2 {
            0 => entry.deleted = moment,
            1 => entry.expires = moment,
            // Expired long ago, and put into the trash since.
            _ => (entry.expires, entry.deleted) = (Some(at(0)), moment),
        }
    }
    put(store.as_ref(), TEAM, &entries);
    put(store.as_ref(), "other", &entries[2..3]);
    put(store.as_ref(), "fresh", &[note(9)]);
    let spaces = |before| {
        let mut spaces = super::entries(store.as_ref()).stale_spaces(at(before)).expect("read");
        spaces.sort();
        spaces
    };
    assert_eq!(spaces(100), Vec::<String>::new(), "before means before");
    assert_eq!(spaces(101), ["other", TEAM]);
    let stale = |before, limit| {
        let work = move |desk: &mut dyn Desk| Ok((desk.stale(at(before), limit)?, Vec::new()));
        let mut found = ids(&change(store.as_ref(), TEAM, work).expect("looked").0);
        found.sort();
        found
    };
    assert_eq!(stale(101, 9), [id(1), id(3), id(5)]);
    assert_eq!(stale(201, 9).len(), 6);
    assert_eq!(stale(201, 4).len(), 4);
    assert_eq!(stale(100, 9), []);
}

/// What a named call was answered is there for its space as soon as its change is, and as long as that: not where the work was undone, nor where it told of nothing.
pub fn a_named_call_is_answered_as_before(database: &dyn Database) {
    let store = database.open();
    let (key, other) = ([1; 32], [2; 32]);
    let answered = |space: &'static str, key: [u8; 32]| {
        change(store.as_ref(), space, move |desk| Ok((desk.answered(&key)?, Vec::new()))).expect("looked").0
    };
    let keep = |key: [u8; 32], text: &str, n: Option<u8>, stops: bool| {
        let answered = Answered { call: [7; 32], answer: text.to_owned() };
        change(store.as_ref(), TEAM, move |desk| {
            let mut events = Vec::new();
            if let Some(n) = n {
                let entry = desk.put(note(n), &words("w"), &[])?;
                events.push(Record::change(TEAM, Action::Created, &entry, "remember"));
            }
            desk.keep_answer(&key, &answered)?;
            if stops { Err(Abort::Refused) } else { Ok(((), events)) }
        })
        .is_ok()
    };
    assert_eq!(answered(TEAM, key), None);
    assert!(keep(key, "first", Some(1), false));
    assert_eq!(answered(TEAM, key), Some(Answered { call: [7; 32], answer: "first".to_owned() }));
    assert_eq!((answered(TEAM, other), answered("other", key)), (None, None));
    assert!(keep(other, "nothing", None, false));
    assert!(!keep(other, "stopped", Some(2), true));
    assert_eq!(answered(TEAM, other), None);
    assert!(keep(key, "second", Some(3), false));
    assert_eq!(answered(TEAM, key).map(|answered| answered.answer), Some("second".to_owned()));
}
