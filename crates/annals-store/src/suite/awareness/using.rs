//! Words, and what the log tells of who read and acted.

use annals_event::{Event, ProducerId};
use serde_json::Map;

use super::{TEAM, alter, at, change, encoded, id, ids, look, note, put};
use crate::awareness::{
    Act, By, Choice, EntryId, EntryType, Forms, Found, Question, Record, Terms, UsageKind, UsageWish, Wish,
};
use crate::suite::Database;
use crate::suite::writing::{of, pending};
use crate::{EventStore, append_all};

/// Appends events of a space through a journal's producer, as reads are recorded.
fn record(store: &dyn EventStore, producer: u8, space: &str, events: &[Event]) {
    let payloads: Vec<Vec<u8>> = events.iter().map(|event| encoded(space, event)).collect();
    let pending = pending(0, &payloads);
    append_all(store, &of(ProducerId::from_bytes([producer; 16]), &pending)).expect("appended");
}

fn reading(platform: Option<&str>, entries: &[EntryId]) -> Event {
    Record::reading("get_knowledge", platform, &Map::new(), entries).remove(0)
}

/// Each word may be missing; more and rarer ones, and those of the title, come first. Only what is chosen comes.
pub fn words_find_entries_by_weight(database: &dyn Database) {
    let store = database.open();
    let texts = [(1, "backup nas weekly", ""), (2, "backup", "nas nas"), (3, "printer", "weekly"), (4, "rain", "")];
    let terms = |title: &str, body: &str| Terms { title: title.to_owned(), body: body.to_owned(), ..Terms::default() };
    for (n, title, body) in texts {
        let terms = terms(title, body);
        change(store.as_ref(), TEAM, move |desk| {
            let entry = desk.put(note(n), &terms, &[])?;
            Ok(((), vec![Record::change(TEAM, crate::awareness::Action::Created, &entry, "remember")]))
        })
        .expect("put");
    }
    put(store.as_ref(), "other", &[note(9)]);
    let search = |words: &[&str], choice: Choice| -> Vec<EntryId> {
        let question = Question { words: each(words), choice, limit: 10, ..Question::default() };
        let hits = look(store.as_ref(), TEAM, |shelf| shelf.search(&question)).hits;
        assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score), "best first");
        hits.into_iter().map(|hit| hit.entry.id).collect()
    };
    assert_eq!(search(&["backup", "weekly", "absent"], Choice::default())[0], id(1));
    assert_eq!(search(&["rain"], Choice::default()), [id(4)]);
    assert_eq!(search(&["absent"], Choice::default()), []);
    assert_eq!(search(&[], Choice::default()).len(), 4, "who asks for no word is given all, the last touched first");
    assert_eq!(search(&["OR", "\"", "rain*", "AND"], Choice::default()), [], "no word is an operator");
    assert_eq!(search(&["rain"], Choice::of([EntryType::Alert])), []);
    assert_eq!(search(&["note"], Choice::default()), [], "words of another space");
    alter(store.as_ref(), TEAM, id(4), |entry| entry.source.push('!')).expect("altered");
    assert_eq!(search(&["rain"], Choice::default()), [id(4)], "words stay where none are given");
    let words = each(&["backup", "weekly"]);
    for (max_bytes, n_hits) in [(None, 3), (Some(1), 1), (Some(usize::MAX), 3)] {
        let question = Question { words: words.clone(), limit: 10, max_bytes, ..Question::default() };
        let hits = look(store.as_ref(), TEAM, |shelf| shelf.search(&question)).hits;
        assert_eq!(hits.len(), n_hits, "with {max_bytes:?} bytes");
    }
}

/// Words of one form each.
fn each(words: &[&str]) -> Vec<Forms> {
    words.iter().map(|word| vec![(*word).to_owned()]).collect()
}

/// Puts notes with these titles, one a minute, and answers how to ask for them.
fn titled(database: &dyn Database, titles: &[&str]) -> impl Fn(Question) -> Found + use<> {
    let store = database.open();
    for (n, title) in (1..).zip(titles) {
        let terms = Terms { title: (*title).to_owned(), language: "en", ..Terms::default() };
        let mut entry = note(n);
        entry.created = at(i64::from(n) * 60);
        change(store.as_ref(), TEAM, move |desk| {
            let entry = desk.put(entry.clone(), &terms, &[])?;
            Ok(((), vec![Record::change(TEAM, crate::awareness::Action::Created, &entry, "remember")]))
        })
        .expect("put");
    }
    move |question| look(store.as_ref(), TEAM, |shelf| shelf.search(&question))
}

fn ids_of(found: &Found) -> Vec<EntryId> {
    found.hits.iter().map(|hit| hit.entry.id).collect()
}

/// Phrases must be there, in any of their words' forms and in their order; what must not be there is not. How much of a question an entry has is told.
pub fn phrases_are_needed_and_what_is_refused_stays_away(database: &dyn Database) {
    let search =
        titled(database, &["backup of the nas", "nas of the backup", "backup and nas", "backups of the nas", "rain"]);
    let forms = |words: &[&[&str]]| -> Vec<Forms> {
        words.iter().map(|forms| forms.iter().map(|form| (*form).to_owned()).collect()).collect()
    };
    let phrase = forms(&[&["backup", "backups"], &["of"], &["the"], &["nas"]]);
    let asked = Question { limit: 10, ..Question::default() };
    let needed = |phrases| Question { words: each(&["nas"]), phrases, ..asked.clone() };
    let mut both = ids_of(&search(needed(vec![phrase.clone()])));
    both.sort_unstable();
    assert_eq!(both, [id(1), id(4)]);
    assert_eq!(ids_of(&search(needed(vec![phrase.clone(), each(&["absent"])]))), []);
    assert_eq!(ids_of(&search(needed(vec![each(&["nas", "nas"])]))), []);
    let without = |words: &[&str], refused: &[&str]| {
        let without = refused.iter().map(|text| each(&text.split(' ').collect::<Vec<_>>())).collect();
        let mut left = ids_of(&search(Question { words: each(words), without, ..asked.clone() }));
        left.sort_unstable();
        left
    };
    assert_eq!(without(&["nas"], &["of the"]), [id(3)]);
    assert_eq!(without(&["nas"], &["and", "backups"]), [id(1), id(2)]);
    assert_eq!(without(&[], &["nas"]), [id(5)], "of all the others");
    let found = search(Question { words: each(&["rain", "absent"]), ..asked.clone() });
    assert!(0.0 < found.relevance && found.relevance < 1.0, "{}", found.relevance);
    let found = search(Question { words: each(&["rain"]), wholes: each(&["rainrain"]), ..asked });
    assert!((found.relevance - 1.0).abs() < 1e-9, "nobody lacks a whole: {}", found.relevance);
}

/// Who has no word of a question comes behind those beside it that have, where that is asked for. A long entry stands for itself.
pub fn what_stands_beside_a_hit_is_found_with_it(database: &dyn Database) {
    let long = format!("snow {}", "flake ".repeat(200));
    let search = titled(database, &["where is the key", "under the mat", "rain", &long]);
    let asked = Question { words: each(&["key"]), limit: 10, ..Question::default() };
    assert_eq!(ids_of(&search(asked.clone())), [id(1)]);
    let beside = search(Question { neighbours: true, ..asked.clone() });
    assert_eq!(ids_of(&beside)[0], id(1));
    assert!(ids_of(&beside).contains(&id(2)));
    assert!(beside.hits.iter().all(|hit| (hit.relevance - 1.0).abs() < 1e-9), "each together with those beside it");
    assert!(beside.hits.windows(2).all(|pair| pair[0].score >= pair[1].score), "best first");
    let without = vec![each(&["mat"])];
    let refused = search(Question { neighbours: true, without, ..asked.clone() });
    assert!(!ids_of(&refused).contains(&id(2)), "what is refused comes for no neighbour's sake");
    let beside = |words: &[&str]| search(Question { words: each(words), neighbours: true, ..asked.clone() });
    let found = beside(&["rain"]);
    assert!(ids_of(&found).contains(&id(2)) && !ids_of(&found).contains(&id(4)), "a long one is lent nothing");
    assert_eq!(ids_of(&beside(&["snow"])), [id(4)], "nor lends it");
    let found = beside(&["rain", "snow"]);
    let relevance = found.hits.iter().find(|hit| hit.entry.id == id(3)).map(|hit| hit.relevance);
    assert!(relevance.is_some_and(|relevance| relevance < 0.9), "what it says is not said by who stands beside it");
}

/// Of long entries that one fits best which has what is asked in one passage; neither does it lend to those beside it, nor is it lent anything.
pub fn a_long_entry_is_weighed_by_its_best_passage(database: &dyn Database) {
    let filler = "x ".repeat(200);
    let (near, far) = (format!("key mat {filler}"), format!("key {filler} mat"));
    let search = titled(database, &[&near, "rain", &far, "under the stone", "where is the stone", &filler]);
    let asked = |words: &[&str]| Question { words: each(words), neighbours: true, limit: 10, ..Question::default() };
    assert_eq!(ids_of(&search(asked(&["key", "mat"]))), [id(1), id(3)], "of equals the newest would come first");
    let mut of_short = ids_of(&search(asked(&["where", "stone"])));
    of_short.sort_unstable();
    assert_eq!(of_short, [id(2), id(4), id(5)], "what is short is lent to, and what is long is not");
}

/// Entries that say the same come as one, which tells of the others; pages go on behind all of them.
pub fn entries_that_say_the_same_come_as_one(database: &dyn Database) {
    let search = titled(database, &["disk full", "disk full", "disk empty", "disk full"]);
    let asked = Question { words: each(&["disk"]), limit: 10, ..Question::default() };
    assert_eq!(search(asked.clone()).hits.len(), 4);
    let folded = search(Question { folds: true, ..asked.clone() });
    assert_eq!(folded.hits.len(), 2);
    assert_eq!(folded.hits.iter().map(|hit| hit.alike.len()).sum::<usize>(), 2);
    let first = ids_of(&search(Question { folds: true, limit: 1, ..asked.clone() }));
    let second = ids_of(&search(Question { folds: true, limit: 1, offset: 1, ..asked.clone() }));
    assert_eq!([first, second].concat(), ids_of(&folded));
    assert_eq!(ids_of(&search(Question { folds: true, limit: 1, offset: 2, ..asked })), []);
}

/// Readings are counted by entry and told newest first, whoever appended the event; entries that nobody read are found.
pub fn who_read_an_entry_is_told_by_the_log(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1), note(2), note(3)]);
    put(store.as_ref(), "other", &[note(1)]);
    let events = [reading(Some("cursor"), &[id(1), id(2), id(1)]), reading(None, &[id(1)]), reading(None, &[])];
    record(store.as_ref(), 1, TEAM, &events);
    let counts = |space| {
        let readings = look(store.as_ref(), space, |shelf| shelf.readings(&[id(1), id(2), id(3)]));
        readings.into_iter().map(|readings| (readings.n_reads, readings.last.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(counts(TEAM), [(2, true), (1, true), (0, false)]);
    assert_eq!(counts("other"), [(0, false); 3]);
    let usage =
        |wish: UsageWish| look(store.as_ref(), TEAM, |shelf| shelf.usage(&UsageWish { limit: 10, ..wish.clone() }));
    let told = usage(UsageWish::default());
    assert_eq!(told.iter().map(|usage| usage.entry).collect::<Vec<_>>(), [id(1), id(2), id(1)]);
    assert!(
        told.windows(2).all(|pair| pair[1].id < pair[0].id) && told.iter().all(|usage| usage.tool == "get_knowledge")
    );
    assert_eq!(told[1].platform.as_deref(), Some("cursor"));
    let of_cursor =
        usage(UsageWish { platform: Some("cursor".to_owned()), entry: Some(id(1)), ..UsageWish::default() });
    assert_eq!(of_cursor.len(), 1);
    let last = usage(UsageWish { before: Some(told[1].id), ..UsageWish::default() });
    assert_eq!(last, told[2..]);
    let unread = Choice { unread: Some(None), ..Choice::default() };
    let found = look(store.as_ref(), TEAM, |shelf| shelf.page(&unread, &Wish::first(By::Created, 10)));
    assert_eq!(ids(&found.entries), [id(3)]);
    let since = Choice { unread: Some(Some(annals_event::Timestamp::from_nanos(i64::MAX))), ..Choice::default() };
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.count(&since)), 3);
}

/// Actions are told with what was said of them, and are no readings.
pub fn who_acted_on_an_entry_is_told_by_the_log(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1)]);
    let tags = ["done".to_owned(), "late".to_owned()];
    let act = Act { entry: id(1), action: "fixed", detail: Some("by hand"), tags: &tags, platform: Some("zed") };
    let ((), seq) = change(store.as_ref(), TEAM, move |_| {
        let tags = ["done".to_owned(), "late".to_owned()];
        let act = Act { entry: id(1), action: "fixed", detail: Some("by hand"), tags: &tags, platform: Some("zed") };
        Ok(((), vec![Record::acted("acted_on", &act)]))
    })
    .expect("recorded");
    record(store.as_ref(), 1, TEAM, &[reading(None, &[id(1)])]);
    let usage =
        |wish: UsageWish| look(store.as_ref(), TEAM, |shelf| shelf.usage(&UsageWish { limit: 10, ..wish.clone() }));
    let actions =
        usage(UsageWish { kind: Some(UsageKind::Action), tags: vec!["late".to_owned()], ..UsageWish::default() });
    let [action] = &actions[..] else { panic!("one action, not {actions:?}") };
    assert_eq!((Some(action.seq), action.action.as_str(), action.detail.as_deref()), (seq, act.action, act.detail));
    assert_eq!((action.tags.as_slice(), action.platform.as_deref()), (act.tags, act.platform));
    assert_eq!(usage(UsageWish { tags: vec!["early".to_owned()], ..UsageWish::default() }), []);
    assert_eq!(usage(UsageWish { kind: Some(UsageKind::Read), ..UsageWish::default() }).len(), 1);
    assert_eq!(usage(UsageWish { entry: Some(id(1)), ..UsageWish::default() }).len(), 2);
    assert_eq!(look(store.as_ref(), TEAM, |shelf| shelf.readings(&[id(1)]))[0].n_reads, 1);
}

/// What a store keeps beside entries follows from them and the log, whatever became of them: changed, counted, in the trash, expired, purged, made again under the same id, read and acted on.
pub fn nothing_beside_the_entries_goes_astray(database: &dyn Database) {
    let store = database.open();
    let is_sound = |what: &str| {
        let astray = super::entries(store.as_ref()).check().expect("checked");
        assert_eq!(astray, [], "after {what}");
    };
    is_sound("nothing");
    // Before any entry is there: whoever may record may name one.
    record(store.as_ref(), 1, TEAM, &[reading(Some("cursor"), &[id(1), id(9)])]);
    is_sound("a reading of entries that are not there");
    for space in [TEAM, "other"] {
        put(store.as_ref(), space, &[note(1), note(2), note(3)]);
    }
    is_sound("new entries");
    record(
        store.as_ref(),
        2,
        TEAM,
        &[reading(None, &[id(2), id(1), id(2)]), reading(None, &[]), reading(None, &[id(2)])],
    );
    record(store.as_ref(), 3, "other", &[reading(None, &[id(2)])]);
    is_sound("readings");
    change(store.as_ref(), TEAM, |_| {
        let tags = ["done".to_owned()];
        let act = Act { entry: id(3), action: "fixed", detail: None, tags: &tags, platform: None };
        Ok(((), vec![Record::acted("acted_on", &act)]))
    })
    .expect("recorded");
    is_sound("an action");
    alter(store.as_ref(), TEAM, id(1), |entry| entry.tags = vec!["b".to_owned(), "a".to_owned(), "b".to_owned()])
        .expect("tagged");
    alter(store.as_ref(), TEAM, id(2), |entry| entry.deleted = Some(super::at(1))).expect("put into the trash");
    alter(store.as_ref(), TEAM, id(3), |entry| entry.expires = Some(super::at(1))).expect("expired");
    is_sound("tags, the trash and what expires");
    alter(store.as_ref(), TEAM, id(2), |entry| entry.deleted = None).expect("taken out");
    change(store.as_ref(), TEAM, |desk| {
        let entry = desk.entry_for_change(id(1))?.expect("the entry is there");
        desk.purge(id(1))?;
        Ok(((), vec![Record::change(TEAM, crate::awareness::Action::Purged, &entry, "cleaner")]))
    })
    .expect("purged");
    is_sound("a purge");
    put(store.as_ref(), TEAM, &[note(1)]);
    is_sound("an entry that is there again");
}
