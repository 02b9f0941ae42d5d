//! Entries through the service: a change and its event are one, and both are the caller's.

mod cleaned;
mod killed;
mod verified;

use annals::{Audit, Caller, Event, Filter, Mode, PageRequest, Settings, Stop, Undone};
use annals_store::awareness::{Action, By, Choice, Entry, EntryId, EntryType, Record, Terms, Wish};

/// A note, remembered by this caller.
fn remember(audit: &Audit, caller: &Caller, n: u8) -> Result<Entry, Undone<&'static str>> {
    let whose = caller.clone();
    audit.change(caller, move |desk| {
        let mut entry = Entry::new(EntryId::v4([n; 16]), EntryType::Note, "test", desk.now());
        whose.credential().clone_into(&mut entry.credential);
        entry.data.insert("description".to_owned(), format!("note {n}").into());
        let entry = desk.put(entry, &Terms::default(), &[])?;
        let event = Record::change(whose.space(), Action::Created, &entry, "remember");
        Ok((entry, vec![event]))
    })
}

fn notes(audit: &Audit, caller: &Caller) -> Vec<EntryId> {
    let page = audit.look(caller, |shelf| shelf.page(&Choice::default(), &Wish::first(By::Touched, 100))).unwrap();
    page.entries.iter().map(|entry| entry.id).collect()
}

#[test]
fn a_change_is_there_with_its_event_when_it_is_answered() {
    for mode in [Mode::Asynchronous, Mode::Synchronous] {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::with_settings(&Settings::new(folder.path()).mode(mode)).unwrap();
        let alice = Caller::new("team", "alice").unwrap();
        let entry = remember(&audit, &alice, 1).unwrap();
        let rows = audit.query(&Filter::new(), &PageRequest::default()).unwrap().events;
        let row = rows.iter().find(|row| row.event_type == "resource.modified").expect("the change's event");
        assert_eq!((row.space.as_str(), row.credential.as_deref()), ("team", Some("alice")));
        let details: annals::Value = row.details.as_deref().unwrap().parse().unwrap();
        let told = Record::change("team", Action::Created, &entry, "remember");
        assert_eq!(Some(&details), told.details_value(), "the digest is that of the entry as it stands");
        assert_eq!(notes(&audit, &alice), [entry.id]);
        assert_eq!(notes(&audit, &Caller::new("other", "alice").unwrap()), []);
        audit.close().unwrap();
    }
}

#[test]
fn a_change_that_is_refused_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    let alice = Caller::new("team", "alice").unwrap();
    remember(&audit, &alice, 1).unwrap();
    let n_events = audit.head().unwrap().n_events;
    let refused: Result<(), _> = audit.change(&alice, |desk| {
        desk.purge(EntryId::v4([1; 16]))?;
        Err(Stop::Refused("not today"))
    });
    assert!(matches!(refused, Err(Undone::Refused("not today"))), "{refused:?}");
    // The event of a change must tell it as it is, and be one that this service takes.
    let untold: Result<(), Undone<()>> = audit.change(&alice, |desk| {
        desk.purge(EntryId::v4([1; 16]))?;
        Ok(((), vec![Event::new("resource.modified")]))
    });
    assert!(matches!(&untold, Err(Undone::Failed(error)) if error.kind() == annals::ErrorKind::Invalid), "{untold:?}");
    let unknown: Result<(), Undone<()>> = audit.change(&alice, |desk| {
        desk.purge(EntryId::v4([1; 16]))?;
        Ok(((), vec![Event::new("resource.modifed")]))
    });
    assert!(
        matches!(&unknown, Err(Undone::Failed(error)) if error.kind() == annals::ErrorKind::UnknownType),
        "{unknown:?}"
    );
    assert_eq!(notes(&audit, &alice), [EntryId::v4([1; 16])]);
    assert_eq!(audit.head().unwrap().n_events, n_events);
    audit.close().unwrap();
}
