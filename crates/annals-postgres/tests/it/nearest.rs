//! What is nearest is found among more vectors than are compared one by one, whatever is chosen, by an index that each model gets.

use std::collections::HashSet;
use std::ops::Range;

use annals_event::Timestamp;
use annals_postgres::PostgresStore;
use annals_store::awareness::vectors::{Embedded, Model, Passage};
use annals_store::awareness::{
    Action, AwarenessStore, Choice, Direction, Entry, EntryId, EntryType, Question, Record, Terms,
};

use crate::support::{Place, payload_of};

const TEAM: &str = "team";
const N_ENTRIES: u32 = 6_000;
const N_AT_ONCE: u32 = 500;
const N_QUESTIONS: u32 = 20;
const DIMENSION: usize = 24;

/// Numbers that look drawn, the same in each run: see Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
fn drawn(seed: u64) -> f32 {
    let mixed = (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    f32::from(u16::try_from((mixed ^ mixed >> 31) >> 48).unwrap()) / f32::from(u16::MAX) - 0.5
}

/// A vector of length 1 near that of its topic, as those of texts are.
fn vector(n: u32) -> Vec<f32> {
    let (topic, n) = (u64::from(n % 97), u64::from(n));
    let number = |at: u64| drawn(topic * 1_000 + at) + 0.7 * drawn(1_000_000 + n * 1_000 + at);
    let vector: Vec<f32> = (0..DIMENSION as u64).map(number).collect();
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    vector.into_iter().map(|number| number / length).collect()
}

fn id(n: u32) -> EntryId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    EntryId::from_bytes(bytes)
}

fn number(id: EntryId) -> u32 {
    u32::from_be_bytes(*id.as_bytes().first_chunk().unwrap())
}

/// Of two sources, one rare, and with a tag on every third.
fn entry(n: u32) -> Entry {
    let created = Timestamp::from_nanos(1_700_000_000_000_000_000 + i64::from(n));
    let mut entry = Entry::new(id(n), EntryType::Note, if n.is_multiple_of(100) { "rare" } else { "usual" }, created);
    entry.data.insert("description".to_owned(), "something".into());
    entry.tags = if n.is_multiple_of(3) { vec!["third".to_owned()] } else { Vec::new() };
    entry
}

fn model() -> Model {
    Model { name: "drawn".to_owned(), dimension: DIMENSION }
}

fn filled(place: &Place) -> PostgresStore {
    let store = place.open();
    for first in (0..N_ENTRIES).step_by(N_AT_ONCE as usize) {
        fill(&store, first..first + N_AT_ONCE);
    }
    store
}

/// Puts entries there, and their vectors.
fn fill(store: &PostgresStore, numbers: Range<u32>) {
    let model = store.vectors().model(&model()).unwrap();
    let n_entries = numbers.len();
    let work = move |desk: &mut dyn annals_store::awareness::Desk| {
        let terms = Terms { title: "something".to_owned(), language: "en", ..Terms::default() };
        let mut records = Vec::new();
        for n in numbers.clone() {
            let entry = desk.put(entry(n), &terms, &[])?;
            records.push(payload_of(TEAM, &Record::change(TEAM, Action::Created, &entry, "remember")));
        }
        Ok(records)
    };
    store.change(TEAM, Box::new(work)).unwrap();
    let waiting = store.vectors().waiting(model, None, n_entries, &[]).unwrap();
    let embedded = waiting.iter().map(|waiting| Embedded {
        place: waiting.place,
        passages: vec![Passage { digest: digest(waiting.entry.id), vector: Some(vector(number(waiting.entry.id))) }],
        is_refused: false,
    });
    assert_eq!(store.vectors().embed(model, embedded.collect()).unwrap(), n_entries as u64);
}

fn digest(id: EntryId) -> [u8; 32] {
    let mut digest = [0; 32];
    // Spread as digests are.
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = drawn(u64::from(number(id)) * 64 + at as u64).to_bits().to_le_bytes()[0];
    }
    digest
}

/// Which share of the ten nearest is found.
fn recall(is_chosen: impl Fn(u32) -> bool, mut search: impl FnMut(&[f32]) -> Vec<u32>) -> f64 {
    let mut n_found = 0;
    for question in 0..N_QUESTIONS {
        let asked = vector(1_000_000 + question);
        let cosine = |n: &u32| vector(*n).iter().zip(&asked).map(|(one, other)| one * other).sum::<f32>();
        let mut nearest: Vec<(f32, u32)> = (0..N_ENTRIES).filter(|n| is_chosen(*n)).map(|n| (cosine(&n), n)).collect();
        nearest.sort_by(|one, other| other.0.total_cmp(&one.0));
        let found: HashSet<u32> = search(&asked).into_iter().collect();
        n_found += nearest.iter().take(10).filter(|(_, n)| found.contains(n)).count();
    }
    f64::from(u32::try_from(n_found).unwrap()) / f64::from(10 * N_QUESTIONS)
}

fn search(store: &PostgresStore, choice: &Choice, asked: &[f32]) -> Vec<u32> {
    scores(store, choice, asked).into_iter().map(|(n, _)| n).collect()
}

/// Entries with their scores, the best first.
fn scores(store: &PostgresStore, choice: &Choice, asked: &[f32]) -> Vec<(u32, f64)> {
    let question = Question {
        words: vec![vec!["zzzz".to_owned()]],
        direction: Some(Direction { model: model(), vector: asked.to_vec() }),
        choice: choice.clone(),
        limit: 10,
        ..Question::default()
    };
    let mut found = Vec::new();
    let look = store.look(TEAM, &mut |shelf| {
        found = shelf.search(&question)?.hits.iter().map(|hit| (number(hit.entry.id), hit.score)).collect();
        Ok(())
    });
    look.unwrap();
    found
}

/// What the index brings when it is asked once and does not go on behind what is not chosen.
fn asked_once(place: &Place, asked: &[f32]) -> Vec<u32> {
    let asked = asked.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let found = place.0.sql(&format!(
        "SET hnsw.iterative_scan = off; SET enable_sort = off; SET enable_seqscan = off; \
         SELECT encode(substr(e.id, 1, 4), 'hex') FROM entry AS e JOIN entry_vector AS v ON v.n = e.n \
         WHERE e.source = 'rare' AND v.model = 1 ORDER BY v.vector::vector({DIMENSION}) <#> '[{asked}]' LIMIT 10"
    ));
    found.lines().filter_map(|line| u32::from_str_radix(line, 16).ok()).collect()
}

#[test]
fn the_nearest_are_found_by_the_models_index_whatever_is_chosen() {
    let place = Place::new();
    let store = filled(&place);
    let of =
        |choice: &Choice, is_chosen: &dyn Fn(u32) -> bool| recall(is_chosen, |asked| search(&store, choice, asked));
    assert!(of(&Choice::default(), &|_| true) >= 0.99);
    let third = Choice { tags: vec!["third".to_owned()], ..Choice::default() };
    assert!(of(&third, &|n| n.is_multiple_of(3)) >= 0.99);
    let usual = Choice { source: Some("usual".to_owned()), ..Choice::default() };
    assert!(of(&usual, &|n| !n.is_multiple_of(100)) >= 0.99);
    let rare = Choice { source: Some("rare".to_owned()), ..Choice::default() };
    assert!(of(&rare, &|n| n.is_multiple_of(100)) >= 0.99);
    assert!(recall(|n| n.is_multiple_of(100), |asked| asked_once(&place, asked)) < 0.5, "the measure tells");
    // Where the server has counted, the index is asked already where a third is chosen.
    place.0.sql("ANALYZE");
    assert!(of(&third, &|n| n.is_multiple_of(3)) >= 0.99);
    // The server counts a connection's use of an index at the latest when the connection ends.
    drop(store);
    while place
        .0
        .sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        != "0"
    {
        std::thread::yield_now();
    }
    let n_scans: u32 = place
        .0
        .sql("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname LIKE 'entry_vector_near_%'")
        .parse()
        .unwrap();
    // Where all or nearly all are chosen, and where a third is.
    assert!(n_scans >= 3 * N_QUESTIONS, "the index was used {n_scans} times");
}

/// A hit counts as far as it is nearer than entries usually are, which is another mean when there are others.
#[test]
fn what_is_usual_is_of_the_entries_that_are_there() {
    let place = Place::new();
    let store = place.open();
    let asked = vector(1_000_000);
    let cosine = |n: u32| f64::from(vector(n).iter().zip(&asked).map(|(one, other)| one * other).sum::<f32>());
    for numbers in [0..40, 40..90] {
        let n_entries = numbers.end;
        fill(&store, numbers);
        let usual = (0..n_entries).map(cosine).sum::<f64>() / f64::from(n_entries);
        for _ in 0..2 {
            let found = scores(&store, &Choice::default(), &asked);
            assert_eq!(found.len(), 10);
            for (n, score) in found {
                let wanted = ((cosine(n) - usual) / (1.0 - usual)).max(0.0);
                assert!((score - wanted).abs() < 1e-4, "entry {n} of {n_entries}: {score} instead of {wanted}");
            }
        }
    }
}
