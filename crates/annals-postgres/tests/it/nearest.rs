//! What is nearest is found among more vectors than are compared one by one, whatever is chosen, by an index that each model gets.

use std::collections::HashSet;
use std::ops::Range;

use annals_event::Timestamp;
use annals_postgres::PostgresStore;
use annals_store::awareness::vectors::{Embedded, Model, Passage};
use annals_store::awareness::{
    Action, AwarenessStore, Choice, Direction, Entry, EntryId, EntryType, Question, Record, Terms,
};
use annals_testkit::{keep_line, rounds};

use crate::support::{Place, payload_of};

const TEAM: &str = "team";
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

/// Of two sources, one rare, and with a tag on every third, and one on all of some topics.
fn entry(n: u32) -> Entry {
    let created = Timestamp::from_nanos(1_700_000_000_000_000_000 + i64::from(n));
    let mut entry = Entry::new(id(n), EntryType::Note, if n.is_multiple_of(100) { "rare" } else { "usual" }, created);
    entry.data.insert("description".to_owned(), "something".into());
    let tags = [("third", n.is_multiple_of(3)), ("topical", is_topical(n))];
    entry.tags = tags.into_iter().filter(|(_, has)| *has).map(|(tag, _)| tag.to_owned()).collect();
    entry
}

/// A quarter of all, which lie together: far from most questions.
fn is_topical(n: u32) -> bool {
    n % 97 < 25
}

fn model() -> Model {
    Model { name: "drawn".to_owned(), dimension: DIMENSION }
}

fn filled(place: &Place, n_entries: u32) -> PostgresStore {
    let store = place.open();
    for first in (0..n_entries).step_by(N_AT_ONCE as usize) {
        fill(&store, first..first + N_AT_ONCE);
    }
    store
}

/// Puts entries there, each with its vector.
fn fill(store: &PostgresStore, numbers: Range<u32>) {
    fill_with(store, numbers, |n| vec![vector(n)]);
}

/// Puts entries there, each with the vectors of its passages.
fn fill_with(store: &PostgresStore, numbers: Range<u32>, vectors: impl Fn(u32) -> Vec<Vec<f32>>) {
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
    let passages = |n: u32| {
        let of_entry = (0..).zip(vectors(n));
        of_entry.map(|(nth, vector)| Passage { digest: digest(n, nth), vector: Some(vector) }).collect()
    };
    let embedded = waiting.iter().map(|waiting| Embedded {
        place: waiting.place,
        passages: passages(number(waiting.entry.id)),
        is_refused: false,
    });
    assert_eq!(store.vectors().embed(model, embedded.collect()).unwrap(), n_entries as u64);
}

fn digest(n: u32, nth: u64) -> [u8; 32] {
    let mut digest = [0; 32];
    // Spread as digests are.
    for (at, byte) in (0..).zip(&mut digest) {
        *byte = drawn((u64::from(n) << 32) + nth * 64 + at).to_bits().to_le_bytes()[0];
    }
    digest
}

/// Which share of the ten nearest of these is found.
fn recall(vectors: &[Vec<f32>], is_chosen: impl Fn(u32) -> bool, mut search: impl FnMut(&[f32]) -> Vec<u32>) -> f64 {
    let mut n_found = 0;
    for question in 0..N_QUESTIONS {
        let asked = vector(1_000_000 + question);
        let cosine = |vector: &Vec<f32>| vector.iter().zip(&asked).map(|(one, other)| one * other).sum::<f32>();
        let chosen = (0..).zip(vectors).filter(|(n, _)| is_chosen(*n));
        let mut nearest: Vec<(f32, u32)> = chosen.map(|(n, vector)| (cosine(vector), n)).collect();
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

/// What the index brings of chosen entries (a condition on `entry AS e`) where nobody looks whether it brings enough.
fn by_index(place: &Place, condition: &str, iterative_scan: &str, asked: &[f32]) -> Vec<u32> {
    let asked = asked.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let found = place.0.sql(&format!(
        "SET hnsw.iterative_scan = {iterative_scan}; SET hnsw.max_scan_tuples = 40000; SET enable_sort = off; SET enable_seqscan = off; \
         SELECT encode(substr(e.id, 1, 4), 'hex') FROM entry AS e JOIN entry_vector AS v ON v.n = e.n \
         WHERE {condition} AND v.model = 1 ORDER BY v.vector::vector({DIMENSION}) <#> '[{asked}]' LIMIT 10"
    ));
    found.lines().filter_map(|line| u32::from_str_radix(line, 16).ok()).collect()
}

#[test]
fn the_nearest_are_found_by_the_models_index_whatever_is_chosen() {
    let place = Place::new();
    let n_entries = u32::try_from(rounds(6_000, 100_000)).unwrap();
    let store = filled(&place, n_entries);
    let vectors: Vec<Vec<f32>> = (0..n_entries).map(vector).collect();
    let of = |what: &str, choice: &Choice, is_chosen: &dyn Fn(u32) -> bool| {
        let found = recall(&vectors, is_chosen, |asked| search(&store, choice, asked));
        assert!(found >= 0.99, "{what}: {found}");
        keep_line(&format!("- Of the ten nearest of {n_entries} entries in PostgreSQL, {what}, {found} were found."));
    };
    let of_all = |counted: &str| {
        of(&format!("of all{counted}"), &Choice::default(), &|_| true);
        let third = Choice { tags: vec!["third".to_owned()], ..Choice::default() };
        of(&format!("of a third{counted}"), &third, &|n| n.is_multiple_of(3));
        let usual = Choice { source: Some("usual".to_owned()), ..Choice::default() };
        of(&format!("of nearly all{counted}"), &usual, &|n| !n.is_multiple_of(100));
        let rare = Choice { source: Some("rare".to_owned()), ..Choice::default() };
        of(&format!("of a hundredth{counted}"), &rare, &|n| n.is_multiple_of(100));
        let topical = Choice { tags: vec!["topical".to_owned()], ..Choice::default() };
        of(&format!("of a quarter that lies together{counted}"), &topical, &is_topical);
    };
    of_all("");
    // The measure tells: few that are chosen are among the nearest of all, and where those lie together, an index that goes on behind these misses some.
    let rare = "e.source = 'rare'";
    let asked_once = recall(&vectors, |n| n.is_multiple_of(100), |asked| by_index(&place, rare, "off", asked));
    assert!(asked_once < 0.5, "{asked_once}");
    let topical = "EXISTS (SELECT 1 FROM entry_tag AS t WHERE t.n = e.n AND t.tag = 'topical')";
    let going_on = recall(&vectors, is_topical, |asked| by_index(&place, topical, "strict_order", asked));
    assert!(going_on < 0.99, "{going_on}");
    keep_line(&format!("- An index that goes on behind what is not chosen finds {going_on} of that quarter."));
    // Where the server has counted, the index is asked already where a third is chosen.
    place.0.sql("ANALYZE");
    of_all(", counted");
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
    // Where all or nearly all are chosen, in both, and where a third is; and twice by our own statements.
    assert!(n_scans >= 7 * N_QUESTIONS, "the index was used {n_scans} times");
}

/// Eight entries have so many passages near a question that the index says nothing of others.
#[test]
fn entries_of_many_passages_leave_room_for_others() {
    let place = Place::new();
    let store = place.open();
    let (n_others, n_long, asked) = (1_000, 8, vector(1_000_000));
    fill(&store, 0..n_others);
    let beside = |nth: u32| {
        let drawn = vector(2_000_000 + nth);
        asked.iter().zip(drawn).map(|(one, other)| one + 0.3 * other).collect::<Vec<f32>>()
    };
    fill_with(&store, n_others..n_others + n_long, |n| (0..64).map(|nth| beside(64 * n + nth)).collect());
    place.0.sql("ANALYZE");
    let cosine = |n: u32| vector(n).iter().zip(&asked).map(|(one, other)| one * other).sum::<f32>();
    let mut nearest: Vec<u32> = (0..n_others).collect();
    nearest.sort_by(|one, other| cosine(*other).total_cmp(&cosine(*one)));
    let found = search(&store, &Choice::default(), &asked);
    assert!(found[..8].iter().all(|n| *n >= n_others), "{found:?}");
    assert_eq!(found[8..], nearest[..2]);
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
