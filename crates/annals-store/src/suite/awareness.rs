//! What a store promises that keeps entries: [`awareness_store_suite!`](crate::awareness_store_suite) runs it on each backend that does.
//!
//! What a choice means is taken from [`Choice::fits`], so that the suite holds no second truth.

mod changing;
mod looking;
mod pointing;
mod using;

use std::sync::{Arc, Mutex};

use annals_event::{Event, EventId, Stamp, Timestamp, encode_own};
use serde_json::{Value, json};

pub use changing::*;
pub use looking::*;
pub use pointing::*;
pub use using::*;

use crate::awareness::{
    Abort, Action, AwarenessStore, Change, Choice, Desk, Entry, EntryId, EntryType, Record, Shelf, Terms,
};
use crate::{Error, EventStore};

/// One `#[test]` a behaviour for a backend that keeps entries. The argument makes a fresh [`Database`](crate::suite::Database) at each call.
#[macro_export]
macro_rules! awareness_store_suite {
    ($make:expr) => {
        $crate::awareness_store_suite! { @each $make =>
            an_entry_is_given_back_as_it_was_put
            what_an_entry_was_is_kept_beside_it
            a_change_is_in_the_log_with_its_entry
            a_change_without_its_event_is_refused
            a_work_that_stops_leaves_nothing
            a_work_that_panics_harms_nobody_else
            an_id_key_or_name_is_one_entrys
            a_key_is_made_once_by_many_at_once
            of_many_changes_at_once_none_is_lost
            an_entry_that_is_gone_is_nowhere
            what_is_stale_is_found_in_every_space
            a_named_call_is_answered_as_before
            entries_are_there_after_closing_and_opening_again
            nothing_of_a_space_is_seen_from_another
            what_is_chosen_is_what_fits
            pages_show_each_entry_once
            a_page_ends_before_it_is_too_long
            what_is_expired_or_in_the_trash_is_absent
            statistics_and_tags_count_live_entries
            related_entries_are_found_both_ways
            a_briefing_has_what_it_needs
            a_briefing_says_how_long_it_holds
            a_change_makes_another_revision
            a_scan_shows_every_entry_of_every_space
            words_find_entries_by_weight
            phrases_are_needed_and_what_is_refused_stays_away
            what_stands_beside_a_hit_is_found_with_it
            a_long_entry_is_weighed_by_its_best_passage
            entries_that_say_the_same_come_as_one
            whoever_has_no_vector_waits_for_one
            what_a_model_would_not_take_waits_until_somebody_asks
            a_passage_that_has_a_vector_keeps_it
            vectors_find_what_points_the_same_way
            a_model_serves_until_another_has_embedded_everything
            one_at_a_time_has_the_turn_to_embed
            who_read_an_entry_is_told_by_the_log
            who_acted_on_an_entry_is_told_by_the_log
            nothing_beside_the_entries_goes_astray
        }
    };
    (@each $make:expr => $($behaviour:ident)+) => {
        $(
            #[test]
            fn $behaviour() {
                $crate::suite::awareness::$behaviour(&($make)());
            }
        )+
    };
}

/// Where most entries of a test are.
const TEAM: &str = "team";

fn entries(store: &dyn EventStore) -> &dyn AwarenessStore {
    store.awareness().expect("a store that keeps entries")
}

pub(super) fn id(n: u8) -> EntryId {
    EntryId::from_bytes([n; 16])
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos((1_700_000_000 + seconds) * 1_000_000_000)
}

/// An entry of this number, made so many seconds after the beginning.
pub(super) fn entry(n: u8, entry_type: EntryType, source: &str, data: Value) -> Entry {
    let mut entry = Entry::new(id(n), entry_type, source, at(i64::from(n)));
    "alice".clone_into(&mut entry.credential);
    match data {
        Value::Object(data) => entry.data = data,
        other => panic!("data is an object, not {other}"),
    }
    entry
}

pub(super) fn note(n: u8) -> Entry {
    entry(n, EntryType::Note, "test", json!({"description": format!("note {n}")}))
}

pub(super) fn words(title: &str) -> Terms {
    Terms { title: title.to_owned(), ..Terms::default() }
}

/// An event as a service encodes it, under an id of its own.
pub(super) fn encoded(space: &str, event: &Event) -> Vec<u8> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let created_at = at(0);
    let id = EventId::v7(created_at, NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let stamp = Stamp { id, created_at, space, credential: "alice", begun: false };
    let mut bytes = Vec::new();
    encode_own(event, &stamp, &mut bytes);
    bytes
}

/// Changes a space, and answers what the work did.
pub(super) fn change<T: Send + 'static>(
    store: &dyn EventStore,
    space: &'static str,
    mut work: impl FnMut(&mut dyn Desk) -> Result<(T, Vec<Event>), Abort> + Send + 'static,
) -> Result<(T, Option<u64>), Abort> {
    let answer = Arc::new(Mutex::new(None));
    let left = Arc::clone(&answer);
    let seq = entries(store).change(
        space,
        Box::new(move |desk| {
            let (done, events) = work(desk)?;
            *left.lock().expect("nobody panics with it") = Some(done);
            Ok(events.iter().map(|event| encoded(space, event)).collect())
        }),
    )?;
    let done = answer.lock().expect("nobody panics with it").take();
    Ok((done.expect("a work that was done has left its answer"), seq))
}

/// Puts entries there, each with its first words.
pub(super) fn put(store: &dyn EventStore, space: &'static str, entries: &[Entry]) -> Vec<Entry> {
    let entries = entries.to_vec();
    let work = move |desk: &mut dyn Desk| {
        let mut done = Vec::new();
        for entry in &entries {
            let title = entry.text("description").unwrap_or_default().to_owned();
            done.push(desk.put(entry.clone(), &words(&title), &[])?);
        }
        let events = done.iter().map(|entry| Record::change(space, Action::Created, entry, "remember")).collect();
        Ok((done, events))
    };
    change(store, space, work).expect("the entries are put").0
}

/// Replaces one entry by what `alter` makes of it.
pub(super) fn alter(
    store: &dyn EventStore,
    space: &'static str,
    id: EntryId,
    alter: impl Fn(&mut Entry) + Send + 'static,
) -> Result<Entry, Abort> {
    let work = move |desk: &mut dyn Desk| {
        let mut entry = desk.entry_for_change(id)?.expect("the entry is there");
        let before = Change { at: at(0), changed: entry.data.clone() };
        alter(&mut entry);
        let entry = desk.replace(entry, None, Some(&before))?;
        let event = Record::change(space, Action::Updated, &entry, "update_entry");
        Ok((entry, vec![event]))
    };
    change(store, space, work).map(|(entry, _)| entry)
}

/// Looks at a space.
pub(super) fn look<T>(
    store: &dyn EventStore,
    space: &str,
    mut work: impl FnMut(&mut dyn Shelf) -> Result<T, Error>,
) -> T {
    let mut answer = None;
    entries(store)
        .look(space, &mut |shelf| {
            answer = Some(work(shelf)?);
            Ok(())
        })
        .expect("the space can be looked at");
    answer.expect("the closure was called")
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

fn all(store: &dyn EventStore, space: &str, choice: &Choice) -> Vec<Entry> {
    use crate::awareness::{By, Wish};
    look(store, space, |shelf| shelf.page(choice, &Wish::first(By::Touched, 1_000))).entries
}
