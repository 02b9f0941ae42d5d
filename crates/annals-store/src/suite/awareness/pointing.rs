//! Vectors: who waits for some, whose are kept, and what they find.

use serde_json::json;

use super::{TEAM, alter, at, change, entry, id, look, note, words};
use crate::awareness::vectors::{Direction, Embedded, Model, ModelId, Passage, VectorStore, Waiting};
use crate::awareness::{Action, Choice, EntryId, EntryType, Found, Question, Record};
use crate::suite::Database;
use crate::{EventStore, suite::awareness::put};

fn vectors(store: &dyn EventStore) -> &dyn VectorStore {
    store.awareness().expect("a store of entries").vectors()
}

fn model(name: &str) -> Model {
    Model { name: name.to_owned(), dimension: 2 }
}

/// One passage that points this way.
fn embedded(waiting: &Waiting, degrees: f32) -> Embedded {
    let vector = vec![degrees.to_radians().cos(), degrees.to_radians().sin()];
    let passages = vec![Passage { digest: digest(degrees), vector: Some(vector) }];
    Embedded { place: waiting.place, passages, is_refused: false }
}

fn digest(degrees: f32) -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..4].copy_from_slice(&degrees.to_le_bytes());
    digest
}

fn direction(name: &str, degrees: f32) -> Direction {
    Direction { model: model(name), vector: vec![degrees.to_radians().cos(), degrees.to_radians().sin()] }
}

fn ids_waiting(store: &dyn EventStore, model: ModelId) -> Vec<EntryId> {
    let waiting = vectors(store).waiting(model, None, 100, &[]).expect("read");
    waiting.into_iter().map(|waiting| waiting.entry.id).collect()
}

/// Embeds all that wait, each pointing to the number of its entry's first letters behind `note `.
fn embed_all(store: &dyn EventStore, model: ModelId, degrees: impl Fn(&Waiting) -> f32) {
    let waiting = vectors(store).waiting(model, None, 100, &[]).expect("read");
    let all: Vec<Embedded> = waiting.iter().map(|waiting| embedded(waiting, degrees(waiting))).collect();
    let n = all.len() as u64;
    assert_eq!(vectors(store).embed(model, all).expect("embedded"), n);
}

/// The tens of degrees in an entry's description.
fn tens(waiting: &Waiting) -> f32 {
    let text = waiting.entry.text("description").unwrap_or_default();
    text.trim_start_matches("note ").parse::<f32>().expect("a number") * 10.0
}

fn ids(found: &Found) -> Vec<EntryId> {
    found.hits.iter().map(|hit| hit.entry.id).collect()
}

/// New and changed entries wait, and wait no longer once their vectors are there; who was changed meanwhile waits on. Statuses and suppressions never do.
pub fn whoever_has_no_vector_waits_for_one(database: &dyn Database) {
    let store = database.open();
    let status = entry(7, EntryType::Status, "test", json!({"metrics": {}, "ttl_sec": 60}));
    put(store.as_ref(), TEAM, &[note(1), note(2), note(3), status]);
    put(store.as_ref(), "other", &[note(9)]);
    let one = vectors(store.as_ref()).model(&model("one")).expect("a model");
    assert_eq!(vectors(store.as_ref()).model(&model("one")).expect("known"), one);
    assert_ne!(vectors(store.as_ref()).model(&Model { dimension: 3, ..model("one") }).expect("another"), one);
    assert_eq!(ids_waiting(store.as_ref(), one), [id(9), id(3), id(2), id(1)]);
    let all = vectors(store.as_ref()).waiting(one, None, 2, &[]).expect("read");
    let without: Vec<i64> = all.iter().map(|waiting| waiting.place.n).collect();
    assert_eq!(all.len(), 2);
    let rest = vectors(store.as_ref()).waiting(one, None, 9, &without).expect("read");
    assert_eq!(rest.iter().map(|waiting| waiting.entry.id).collect::<Vec<_>>(), [id(2), id(1)]);
    // Changed while it was given out.
    change(store.as_ref(), TEAM, |desk| {
        let mut entry = desk.entry_for_change(id(1))?.expect("there");
        entry.data.insert("description".to_owned(), "changed".into());
        let entry = desk.replace(entry, Some(&words("changed")), None)?;
        Ok(((), vec![Record::change(TEAM, Action::Updated, &entry, "update_entry")]))
    })
    .expect("changed");
    let given: Vec<Embedded> = rest.iter().map(|waiting| embedded(waiting, 0.0)).collect();
    assert_eq!(vectors(store.as_ref()).embed(one, given).expect("embedded"), 1, "but for the one that was changed");
    assert_eq!(ids_waiting(store.as_ref(), one), [id(9), id(3), id(1)]);
    let n_waiting = |space| vectors(store.as_ref()).backlog_of(one, Some(space)).expect("counted").n_waiting;
    assert_eq!((n_waiting(TEAM), n_waiting("other")), (2, 1));
    assert_eq!(vectors(store.as_ref()).backlog_of(one, None).expect("counted").n_waiting, 3);
    // What keeps its words keeps its vectors.
    alter(store.as_ref(), TEAM, id(2), |entry| entry.tags = vec!["t".to_owned()]).expect("tagged");
    assert_eq!(ids_waiting(store.as_ref(), one), [id(9), id(3), id(1)]);
    change(store.as_ref(), "other", |desk| {
        let entry = desk.entry_for_change(id(9))?.expect("there");
        desk.purge(id(9))?;
        Ok(((), vec![Record::change("other", Action::Purged, &entry, "purge")]))
    })
    .expect("purged");
    assert_eq!(ids_waiting(store.as_ref(), one), [id(3), id(1)]);
    let of_other = vectors(store.as_ref()).waiting(one, Some("other"), 9, &[]).expect("read");
    assert_eq!(of_other, []);
}

/// What a model would not take waits no longer, until it is changed or somebody asks for it again.
pub fn what_a_model_would_not_take_waits_until_somebody_asks(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1), note(2)]);
    let one = vectors(store.as_ref()).model(&model("one")).expect("a model");
    let waiting = vectors(store.as_ref()).waiting(one, None, 9, &[]).expect("read");
    let refused = Embedded { place: waiting[0].place, passages: vec![], is_refused: true };
    assert_eq!(vectors(store.as_ref()).embed(one, vec![refused]).expect("marked"), 1);
    assert_eq!(ids_waiting(store.as_ref(), one), [id(1)]);
    let backlog = vectors(store.as_ref()).backlog_of(one, Some(TEAM)).expect("counted");
    assert_eq!((backlog.n_waiting, backlog.n_refused), (1, 1));
    assert_eq!(vectors(store.as_ref()).retry("other").expect("asked"), 0);
    assert_eq!(vectors(store.as_ref()).retry(TEAM).expect("asked"), 1);
    assert_eq!(ids_waiting(store.as_ref(), one).len(), 2);
}

/// A passage that has a vector is known by its digest, and keeps it.
pub fn a_passage_that_has_a_vector_keeps_it(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1)]);
    let one = vectors(store.as_ref()).model(&model("one")).expect("a model");
    embed_all(store.as_ref(), one, |_| 30.0);
    change(store.as_ref(), TEAM, |desk| {
        let entry = desk.entry_for_change(id(1))?.expect("there");
        let entry = desk.replace(entry, Some(&words("longer")), None)?;
        Ok(((), vec![Record::change(TEAM, Action::Updated, &entry, "update_entry")]))
    })
    .expect("changed");
    let waiting = vectors(store.as_ref()).waiting(one, None, 9, &[]).expect("read").remove(0);
    assert_eq!(waiting.known, [digest(30.0)]);
    let kept = Passage { digest: digest(30.0), vector: None };
    let passages = [embedded(&waiting, 200.0).passages, vec![kept]].concat();
    let given = Embedded { place: waiting.place, passages, is_refused: false };
    assert_eq!(vectors(store.as_ref()).embed(one, vec![given]).expect("embedded"), 1);
    for degrees in [30.0, 200.0] {
        let question = Question {
            words: vec![vec!["absent".to_owned()]],
            direction: Some(direction("one", degrees)),
            limit: 9,
            ..Question::default()
        };
        let found = look(store.as_ref(), TEAM, |shelf| shelf.search(&question));
        assert_eq!(ids(&found), [id(1)], "at {degrees} degrees");
    }
}

/// Entries come that point the way of a question, of this space and choice alone, nearest first; a question of another model is answered by words alone.
pub fn vectors_find_what_points_the_same_way(database: &dyn Database) {
    let store = database.open();
    let mut others = note(5);
    "elsewhere".clone_into(&mut others.source);
    others.created = at(500_000);
    put(store.as_ref(), TEAM, &[note(1), note(3), note(9), others]);
    put(store.as_ref(), "other", &[note(2)]);
    let one = vectors(store.as_ref()).model(&model("one")).expect("a model");
    embed_all(store.as_ref(), one, tens);
    let asked = |degrees: f32, choice: Choice| Question {
        words: vec![vec!["absent".to_owned()]],
        direction: Some(direction("one", degrees)),
        choice,
        limit: 9,
        ..Question::default()
    };
    let search = |question: Question| look(store.as_ref(), TEAM, |shelf| shelf.search(&question));
    let found = search(asked(21.0, Choice::default()));
    assert!(found.by_vectors);
    assert_eq!(ids(&found)[..2], [id(3), id(1)], "nine degrees off, and eleven");
    assert!(!ids(&found).contains(&id(2)), "another space's");
    assert_eq!(ids(&search(asked(95.0, Choice::default())))[0], id(9));
    let elsewhere = Choice { source: Some("elsewhere".to_owned()), ..Choice::default() };
    assert_eq!(ids(&search(asked(10.0, elsewhere))), [id(5)], "the choice comes first");
    let refused = Question { without: vec![vec![vec!["note".to_owned()]]], ..asked(10.0, Choice::default()) };
    assert_eq!(ids(&search(refused)), [], "what is refused comes for no vector's sake");
    let other = Question { direction: Some(direction("two", 10.0)), ..asked(10.0, Choice::default()) };
    let found = search(other);
    assert!(!found.by_vectors && found.hits.is_empty());
    // A vector goes with its entry.
    alter(store.as_ref(), TEAM, id(9), |entry| entry.deleted = Some(at(1))).expect("put into the trash");
    assert!(!ids(&search(asked(95.0, Choice::default()))).contains(&id(9)));
}

/// The vectors of a new model are made while those of the old one serve; then the new one serves, and the old vectors go.
pub fn a_model_serves_until_another_has_embedded_everything(database: &dyn Database) {
    let store = database.open();
    put(store.as_ref(), TEAM, &[note(1), note(9)]);
    assert_eq!(vectors(store.as_ref()).serving().expect("read"), None);
    let one = vectors(store.as_ref()).model(&model("one")).expect("a model");
    assert_eq!(vectors(store.as_ref()).serving().expect("read"), Some(model("one")), "the first");
    embed_all(store.as_ref(), one, tens);
    let two = vectors(store.as_ref()).model(&model("two")).expect("a model");
    assert_eq!(vectors(store.as_ref()).serving().expect("read"), Some(model("one")));
    assert_eq!(ids_waiting(store.as_ref(), two).len(), 2, "all wait for the new one");
    let by = |name: &str, degrees: f32| {
        let words = vec![vec!["absent".to_owned()]];
        let question = Question { words, direction: Some(direction(name, degrees)), limit: 9, ..Question::default() };
        look(store.as_ref(), TEAM, |shelf| shelf.search(&question))
    };
    let waiting = vectors(store.as_ref()).waiting(two, None, 1, &[]).expect("read");
    vectors(store.as_ref()).embed(two, vec![embedded(&waiting[0], 0.0)]).expect("embedded");
    assert!(by("one", 90.0).by_vectors && !by("two", 0.0).by_vectors);
    assert_eq!(ids(&by("one", 90.0))[0], id(9), "the old one's vectors are there");
    embed_all(store.as_ref(), two, |_| 0.0);
    vectors(store.as_ref()).serve(two).expect("served");
    while vectors(store.as_ref()).forget_others(two).expect("forgotten") {}
    assert_eq!(vectors(store.as_ref()).serving().expect("read"), Some(model("two")));
    assert!(by("two", 0.0).by_vectors && !by("one", 90.0).by_vectors);
    assert_eq!(ids(&by("two", 0.0)).len(), 2);
    assert_eq!(ids_waiting(store.as_ref(), one).len(), 2, "who goes back begins again");
}

/// The turn to embed is one caller's, and another's when it is given back.
pub fn one_at_a_time_has_the_turn_to_embed(database: &dyn Database) {
    let (store, other) = (database.open(), database.open());
    let turn = vectors(store.as_ref()).turn().expect("asked");
    assert!(turn.is_some());
    assert!(vectors(other.as_ref()).turn().expect("asked").is_none(), "somebody has it");
    drop(turn);
    assert!(vectors(other.as_ref()).turn().expect("asked").is_some());
}
