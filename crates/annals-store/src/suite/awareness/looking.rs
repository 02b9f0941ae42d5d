//! Looks: what is chosen, in which order, and from which space.

use annals_event::Timestamp;
use serde_json::json;

use super::{TEAM, all, alter, at, change, entries, entry, id, ids, look, note, put};
use crate::EventStore;
use crate::awareness::{
    Action, Amount, By, Choice, Desk, Entry, EntryType, Name, Question, Record, Shelved, UsageWish, Wish,
};
use crate::suite::Database;

const ORDERS: [By; 5] = [By::Touched, By::Created, By::CreatedFirst, By::Deleted, By::Due];
const STANDINGS: [Shelved; 4] = [Shelved::Live, Shelved::Trash, Shelved::Expired, Shelved::Anywhere];

/// Entries of all types, of which some are in the trash, expired, tagged, changed, or of one time.
fn samples() -> Vec<Entry> {
    (0..60_u8)
        .map(|n| {
            let entry_type = EntryType::ALL[usize::from(n % 10)];
            let state = ["pending", "fired", "snoozed"][usize::from(n % 3)];
            let data = json!({
                "description": format!("sample {n}"), "alert_id": n.to_string(), "resolved": n % 4 == 0, "scope": "s",
                "key": n.to_string(), "family": "f", "version": n.to_string(), "schema_ref": "f", "effect": "quiet",
                "schema_version": "8", "state": state, "deliver_at": "2023-11-14T22:13:25+00:00",
                "snooze_until": "2033-11-14T22:13:25+00:00", "learned_from": if n % 2 == 0 { "chat" } else { "log" },
            });
            let source = if entry_type == EntryType::Status { format!("s{n}") } else { format!("s{}", n % 4) };
            let mut entry = entry(n, entry_type, &source, data);
            entry.created = at(i64::from(n / 4));
            entry.language = [None, Some("en"), Some("de")][usize::from(n / 10 % 3)].map(str::to_owned);
            entry.tags = (2..5_u8).filter(|tag| n % tag == 0).map(|tag| format!("t{tag}")).collect();
            entry.updated = (n % 5 == 0).then(|| at(100 - i64::from(n)));
            entry.expires = (n % 7 == 0).then(|| at(if n % 2 == 0 { 0 } else { 3_000_000_000 }));
            entry.deleted = (n % 11 == 0).then(|| at(200 - i64::from(n)));
            entry
        })
        .collect()
}

/// Choices of each part, and of several.
fn choices() -> Vec<Choice> {
    let text = |text: &str| Some(text.to_owned());
    let mut choices = vec![
        Choice::default(),
        Choice::of([EntryType::Note]),
        Choice::of([EntryType::Note, EntryType::Pattern, EntryType::Note, EntryType::Alert]),
        Choice { source: text("s1"), ..Choice::default() },
        Choice { source: text("s2"), ..Choice::of([EntryType::Pattern, EntryType::Alert]) },
        Choice { tags: vec!["t2".to_owned()], ..Choice::default() },
        Choice { tags: vec!["t2".to_owned(), "t3".to_owned()], ..Choice::default() },
        Choice { tags: vec!["t9".to_owned(), "t3".to_owned()], ..Choice::default() },
        Choice { tags: vec!["t4".to_owned()], source: text("s0"), ..Choice::of([EntryType::Note, EntryType::Alert]) },
        Choice { since: Some(at(4)), until: Some(at(60)), ..Choice::default() },
        Choice { created_after: Some(at(4)), created_before: Some(at(9)), ..Choice::default() },
        Choice { deleted_since: Some(at(180)), ..Choice::default() },
        Choice { learned_from: text("log"), ..Choice::default() },
        Choice { state: text("active"), ..Choice::of([EntryType::Alert]) },
        Choice { state: text("fired"), source: text("s1"), ..Choice::default() },
        Choice { due_until: Some(at(1_000)), ..Choice::default() },
        Choice { due_until: Some(at(1_000)), ..Choice::of([EntryType::Intention]) },
        Choice { schema: Some(Name::schema("f", "8")), ..Choice::of([EntryType::Record]) },
        Choice { changed: true, ..Choice::default() },
        Choice { language: Some(Some("de")), ..Choice::default() },
        Choice { language: Some(None), ..Choice::of([EntryType::Note, EntryType::Pattern]) },
    ];
    let standing = choices.clone();
    for shelved in &STANDINGS[1..] {
        choices.extend(standing.iter().map(|choice| Choice { shelved: *shelved, ..choice.clone() }));
    }
    choices
}

/// The samples in a fresh database, as they stand there; and some of another space, which nobody sees.
fn filled(store: &dyn EventStore) -> Vec<Entry> {
    put(store, "other", &samples());
    put(store, TEAM, &samples());
    for n in [3, 21, 33] {
        alter(store, TEAM, id(n), |entry| entry.updated = Some(at(70))).expect("altered");
    }
    (0..60).filter_map(|n| look(store, TEAM, |shelf| shelf.any_entry(id(n)))).collect()
}

/// What a choice means, the plain way.
fn expected(entries: &[Entry], choice: &Choice, by: By, now: Timestamp) -> Vec<Entry> {
    let mut fitting: Vec<Entry> = entries.iter().filter(|entry| choice.fits(entry, now)).cloned().collect();
    fitting.sort_by_key(|entry| (by.place(entry).at, entry.id));
    if !by.is_ascending() {
        fitting.reverse();
    }
    fitting
}

/// Pages and counts are what [`Choice::fits`] says, in each order.
pub fn what_is_chosen_is_what_fits(database: &dyn Database) {
    let store = database.open();
    let entries = filled(store.as_ref());
    assert_eq!(entries.len(), 60);
    for choice in choices() {
        for by in ORDERS {
            let (page, n, now) = look(store.as_ref(), TEAM, |shelf| {
                Ok((shelf.page(&choice, &Wish::first(by, 1_000))?, shelf.count(&choice)?, shelf.now()))
            });
            let expected = expected(&entries, &choice, by, now);
            assert_eq!(ids(&page.entries), ids(&expected), "{choice:?} by {by:?}");
            assert_eq!((n, page.has_more), (expected.len() as u64, false), "{choice:?} by {by:?}");
        }
    }
}

/// By offset or from place to place, the pages together are the whole.
pub fn pages_show_each_entry_once(database: &dyn Database) {
    let store = database.open();
    filled(store.as_ref());
    for choice in choices() {
        for by in ORDERS {
            let whole = look(store.as_ref(), TEAM, |shelf| shelf.page(&choice, &Wish::first(by, 1_000))).entries;
            let (mut by_offset, mut by_place) = (Vec::new(), Vec::new());
            let (mut wish, mut after) = (Wish::first(by, 7), Wish::first(by, 7));
            for _ in 0..10 {
                let page = look(store.as_ref(), TEAM, |shelf| shelf.page(&choice, &wish));
                wish.offset += 7;
                by_offset.extend(ids(&page.entries));
                let page = look(store.as_ref(), TEAM, |shelf| shelf.page(&choice, &after));
                after.after = page.end(by).or(after.after);
                by_place.extend(ids(&page.entries));
                assert_eq!(page.has_more, by_place.len() < whole.len(), "{choice:?} by {by:?}");
            }
            assert_eq!(by_offset, ids(&whole), "{choice:?} by {by:?}");
            assert_eq!(by_place, ids(&whole), "{choice:?} by {by:?}");
        }
    }
    let none = look(store.as_ref(), TEAM, |shelf| shelf.page(&Choice::default(), &Wish::first(By::Touched, 0)));
    assert!(none.entries.is_empty() && none.has_more, "a page of nothing tells that there is something");
}

/// A limit of bytes ends a page, but never before its first entry.
pub fn a_page_ends_before_it_is_too_long(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1), note(2), note(3)]);
    let page = |max_bytes| {
        let amount = Amount { limit: 10, max_bytes: Some(max_bytes) };
        let wish = Wish { amount, ..Wish::first(By::Created, 10) };
        look(store.as_ref(), TEAM, |shelf| shelf.page(&Choice::default(), &wish))
    };
    let (one, two, three) = (page(1), page(2 * note(1).weight()), page(1_000_000));
    assert_eq!((ids(&one.entries), one.has_more), (vec![id(3)], true));
    assert_eq!((ids(&two.entries), two.has_more), (vec![id(3), id(2)], true));
    assert_eq!((ids(&three.entries), three.has_more), (vec![id(3), id(2), id(1)], false));
}

/// No method shows anything of another space, whatever is asked.
pub fn nothing_of_a_space_is_seen_from_another(database: &dyn Database) {
    let store = database.open();
    filled(store.as_ref());
    look(store.as_ref(), "stranger", |shelf| {
        for n in 0..60 {
            assert_eq!((shelf.entry(id(n))?, shelf.any_entry(id(n))?), (None, None));
            assert_eq!(shelf.related(id(n))?, []);
        }
        let every: Vec<_> = (0..60).map(id).collect();
        assert_eq!(shelf.entries(&every)?, []);
        assert_eq!(shelf.changes(&every)?, []);
        assert!(shelf.readings(&every)?.iter().all(|readings| readings.n_reads == 0));
        assert_eq!(shelf.named(&Name::alert("s1", "1"))?, None);
        assert_eq!(shelf.keyed("s1", "")?, None);
        for choice in choices() {
            assert_eq!(
                (shelf.page(&choice, &Wish::first(By::Touched, 9))?.entries, shelf.count(&choice)?),
                (vec![], 0)
            );
        }
        assert_eq!(shelf.stats()?, crate::awareness::Stats::default());
        assert_eq!(shelf.tags()?, []);
        assert_eq!(shelf.briefing()?, crate::awareness::Briefing::default());
        assert_eq!(shelf.usage(&UsageWish { limit: 9, ..UsageWish::default() })?, []);
        let sample = Question { words: vec![vec!["sample".to_owned()]], limit: 9, ..Question::default() };
        assert_eq!(shelf.search(&sample)?.hits, []);
        assert_eq!(shelf.search(&Question { limit: 9, ..Question::default() })?.hits, []);
        Ok(())
    });
    let mine = look(store.as_ref(), "other", |shelf| shelf.entry(id(3))).expect("the other's");
    assert_eq!(mine.updated, None, "what was changed in one space is another's in the other");
}

/// Every method but those that say so leaves them out.
pub fn what_is_expired_or_in_the_trash_is_absent(database: &dyn Database) {
    let store = database.open();
    let mut gone = [note(1), note(2)];
    gone[0].expires = Some(at(0));
    gone[1].deleted = Some(at(0));
    for (n, entry) in gone.iter_mut().enumerate() {
        entry.logical_key = Some(format!("key {n}"));
        entry.tags = vec!["t".to_owned()];
    }
    let mut pointer = note(3);
    let related: Vec<_> = gone.iter().map(|entry| entry.id.to_string()).collect();
    pointer.data.insert("related_ids".to_owned(), related.into());
    put(store.as_ref(), TEAM, &[gone[0].clone(), gone[1].clone(), pointer]);
    look(store.as_ref(), TEAM, |shelf| {
        for (n, entry) in gone.iter().enumerate() {
            assert_eq!(shelf.entry(entry.id)?, None);
            assert_eq!(shelf.any_entry(entry.id)?.as_ref(), Some(entry));
            assert_eq!(shelf.keyed("test", &format!("key {n}"))?, None);
        }
        assert_eq!(shelf.related(id(3))?, []);
        assert_eq!(shelf.tags()?, []);
        assert_eq!(shelf.stats()?.n_entries.iter().sum::<u64>(), 1);
        let named = Question { words: vec![vec!["note".to_owned()]], limit: 9, ..Question::default() };
        let hits = shelf.search(&named)?.hits;
        assert_eq!(hits.iter().map(|hit| hit.entry.id).collect::<Vec<_>>(), [id(3)]);
        Ok(())
    });
}

/// They are those of a walk through all live entries, also after changes.
pub fn statistics_and_tags_count_live_entries(database: &dyn Database) {
    let store = database.open();
    filled(store.as_ref());
    alter(store.as_ref(), TEAM, id(6), |entry| "moved".clone_into(&mut entry.source)).expect("moved");
    alter(store.as_ref(), TEAM, id(16), |entry| entry.tags = vec!["new".to_owned()]).expect("tagged");
    alter(store.as_ref(), TEAM, id(26), |entry| entry.deleted = Some(at(1))).expect("put into the trash");
    alter(store.as_ref(), TEAM, id(22), |entry| entry.deleted = None).expect("taken out");
    let live = all(store.as_ref(), TEAM, &Choice::default());
    let (stats, tags) = look(store.as_ref(), TEAM, |shelf| Ok((shelf.stats()?, shelf.tags()?)));
    let n_live = EntryType::ALL.map(|known| live.iter().filter(|entry| entry.entry_type == known).count() as u64);
    assert_eq!(stats.n_entries, n_live);
    let mut sources: Vec<String> = live.iter().map(|entry| entry.source.clone()).collect();
    sources.sort();
    sources.dedup();
    assert_eq!(stats.sources, sources);
    for (tag, n) in &tags {
        assert_eq!(live.iter().filter(|entry| entry.tags.contains(tag)).count() as u64, *n, "{tag}");
    }
    assert!(tags.iter().any(|(tag, _)| tag == "new"));
    assert!(tags.windows(2).all(|pair| (pair[1].1, &pair[0].0) < (pair[0].1, &pair[1].0) || pair[1].1 < pair[0].1));
}

/// Those named first, then those that name it, none twice.
pub fn related_entries_are_found_both_ways(database: &dyn Database) {
    let store = database.open();
    let naming = |n: u8, related: &[u8]| {
        let mut note = note(n);
        let related: Vec<String> = related.iter().map(|n| id(*n).to_string()).collect();
        note.data.insert("related_ids".to_owned(), related.into());
        note
    };
    put(store.as_ref(), TEAM, &[naming(1, &[2, 3, 1, 99]), naming(2, &[1]), note(3), naming(4, &[1]), naming(5, &[3])]);
    let related = |n| ids(&look(store.as_ref(), TEAM, |shelf| shelf.related(id(n))));
    assert_eq!(related(1), [id(3), id(2), id(4)]);
    assert_eq!(related(3), [id(5), id(1)]);
    alter(store.as_ref(), TEAM, id(5), |entry| drop(entry.data.remove("related_ids"))).expect("altered");
    assert_eq!(related(3), [id(1)]);
}

/// Unresolved alerts, what may quiet them, and intentions that are due.
pub fn a_briefing_has_what_it_needs(database: &dyn Database) {
    let store = database.open();
    let suppression = |n, source| entry(n, EntryType::Suppression, source, json!({}));
    let pattern = |n, source, effect| entry(n, EntryType::Pattern, source, json!({"effect": effect}));
    let intention = |n, state, due: &str| {
        entry(n, EntryType::Intention, "x", json!({"state": state, "deliver_at": due, "snooze_until": due}))
    };
    let (past, future) = ("2020-01-01T00:00:00Z", "2200-01-01T00:00:00Z");
    put(
        store.as_ref(),
        TEAM,
        &[
            entry(1, EntryType::Status, "nas", json!({})),
            entry(2, EntryType::Alert, "nas", json!({"alert_id": "a"})),
            entry(3, EntryType::Alert, "nas", json!({"alert_id": "b", "resolved": true})),
            suppression(4, "nas"),
            suppression(5, ""),
            suppression(6, "elsewhere"),
            pattern(7, "nas", "expect it"),
            pattern(8, "nas", " "),
            pattern(9, "elsewhere", "expect it"),
            intention(10, "pending", past),
            intention(11, "pending", future),
            intention(12, "snoozed", past),
            intention(13, "snoozed", future),
            intention(14, "fired", past),
            intention(15, "completed", past),
        ],
    );
    let briefing = look(store.as_ref(), TEAM, |shelf| shelf.briefing());
    assert_eq!(ids(&briefing.statuses), [id(1)]);
    assert_eq!(ids(&briefing.alerts), [id(2)]);
    assert_eq!(ids(&briefing.suppressions), [id(5), id(4)]);
    assert_eq!(ids(&briefing.patterns), [id(7)]);
    assert_eq!(ids(&briefing.due), [id(12), id(10)]);
    assert_eq!(ids(&briefing.fired), [id(14)]);
    assert_eq!((briefing.n_suppressions, briefing.n_pending), (3, 2));
}

/// It holds until the first intention is due or the first entry expires, whatever the entry is.
pub fn a_briefing_says_how_long_it_holds(database: &dyn Database) {
    let store = database.open();
    let until = |store: &dyn EventStore| look(store, TEAM, |shelf| shelf.briefing()).until;
    let due = json!({"state": "pending", "deliver_at": "2200-01-01T00:00:00Z"});
    let past = json!({"state": "pending", "deliver_at": "2020-01-01T00:00:00Z"});
    put(store.as_ref(), TEAM, &[entry(1, EntryType::Intention, "x", past), note(2)]);
    assert_eq!(until(store.as_ref()), None, "what is past comes no more");
    put(store.as_ref(), TEAM, &[entry(3, EntryType::Intention, "x", due)]);
    let first = until(store.as_ref()).expect("one will be due");
    let mut context = entry(4, EntryType::Context, "x", json!({}));
    context.expires = Some(Timestamp::from_nanos(first.as_nanos() - 1));
    put(store.as_ref(), TEAM, &[context.clone()]);
    assert_eq!(until(store.as_ref()), context.expires);
    alter(store.as_ref(), TEAM, context.id, |entry| entry.deleted = Some(at(1))).expect("put into the trash");
    assert_eq!(until(store.as_ref()), Some(first));
}

/// Whoever asks again is told whether something of the space was changed, in whichever way.
pub fn a_change_makes_another_revision(database: &dyn Database) {
    let store = database.open();
    let revision = |space| look(store.as_ref(), space, |shelf| shelf.revision());
    let mut known = vec![revision(TEAM)];
    let mut is_another = |what: &str| {
        let now = revision(TEAM);
        assert_eq!(revision(TEAM), now, "looking changes nothing");
        assert!(!known.contains(&now), "{what}: {now} is one of {known:?}");
        known.push(now);
    };
    put(store.as_ref(), TEAM, &[note(1)]);
    is_another("a new entry");
    alter(store.as_ref(), TEAM, id(1), |entry| entry.tags = vec!["new".to_owned()]).expect("changed");
    is_another("a changed entry");
    alter(store.as_ref(), TEAM, id(1), |entry| entry.deleted = Some(at(1))).expect("put into the trash");
    is_another("an entry in the trash");
    alter(store.as_ref(), TEAM, id(1), |entry| entry.deleted = None).expect("taken out");
    is_another("an entry that was restored");
    let purge = |desk: &mut dyn Desk| {
        let entry = desk.entry_for_change(id(1))?.expect("the entry is there");
        desk.purge(id(1))?;
        Ok(((), vec![Record::change(TEAM, Action::Purged, &entry, "cleaner")]))
    };
    change(store.as_ref(), TEAM, purge).expect("purged");
    is_another("a purged entry");
}

/// A verification sees all of them, wherever they stand, with the digests that their events say.
pub fn a_scan_shows_every_entry_of_every_space(database: &dyn Database) {
    let store = database.open();
    let mut expected = Vec::new();
    for space in ["other", TEAM] {
        let entries = put(store.as_ref(), space, &samples());
        expected.extend(entries.iter().map(|entry| (space.to_owned(), entry.id, entry.digest(space))));
    }
    let mut seen = Vec::new();
    let n_events = entries(store.as_ref()).scan(&mut |scanned| {
        assert!(scanned.is_whole, "{:?}", scanned.entry);
        seen.push((scanned.space.to_owned(), scanned.entry.id, scanned.entry.digest(scanned.space)));
    });
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);
    assert_eq!(n_events.expect("read"), store.head().expect("read").n_events);
}
