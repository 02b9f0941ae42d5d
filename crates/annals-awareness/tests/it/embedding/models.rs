//! Another model: the old one serves until the new one has embedded everything, and their vectors never meet.

use std::path::Path;
use std::sync::Arc;

use annals::{Audit, Settings};
use annals_testkit::postgres::Database;
use annals_testkit::{PATIENCE, until};
use serde_json::{Value, json};

use super::fake::Fake;
use super::{Bench, ids, is_by_vectors, kept, pace};

/// A folder in which a model of 64 numbers has embedded a car and a trout; answers the car.
fn embedded_by(old: &Arc<Fake>, data: &Path) -> Value {
    let bench = Bench::on(data, old, None, pace()).start();
    let car = bench.note("the car has rust");
    bench.note("a trout swims upstream");
    bench.drain();
    car
}

/// Of which models vectors are kept, each with the bytes of one.
fn models(data: &Path) -> Vec<(String, usize)> {
    let mut models: Vec<_> = kept(data).into_iter().map(|kept| (kept.model, kept.vector.len())).collect();
    models.sort();
    models.dedup();
    models
}

#[test]
fn the_old_one_serves_while_the_new_one_embeds_and_then_its_vectors_are_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = Fake::new("old", 64);
    let car = embedded_by(&old, folder.path());
    let new = Fake::with_others("new", 96, &[&old]);
    new.hold("rust");
    let bench = Bench::on(folder.path(), &new, None, pace()).start();
    new.wait_until_held(1);
    let page = bench.search_by_vectors("automobile");
    assert_eq!(ids(&page).first(), Some(&car), "{page}");
    assert_eq!((old.n_asked("automobile"), new.n_asked("automobile")), (1, 0));
    assert_eq!(bench.standing(), json!({ "model": "new", "pending": 2 }));
    // What comes meanwhile waits for the new one, and is found by its words.
    let boat = bench.note("a boat for two");
    assert_eq!(ids(&bench.search("boat")).first(), Some(&boat));
    new.release();
    bench.drain();
    until("the old vectors are gone", PATIENCE, || models(folder.path()) == [("new".to_owned(), 96 * 4)]);
    until("the new one serves", PATIENCE, || {
        bench.search("automobile")["lanes"][1] == "vector" && 0 < new.n_asked("automobile")
    });
    assert_eq!(ids(&bench.search("automobile")).first(), Some(&car));
    assert_eq!(ids(&bench.search("vessel")).first(), Some(&boat));
    assert_eq!(bench.kept().len(), 3);
    assert!(new.made("").iter().all(|(text, n)| text == "annals" || *n == 1), "{:?}", new.made(""));
}

/// The control: were the old model's question answered with a vector of the new one's, it would be another dimension, and is not compared.
#[test]
fn a_vector_of_another_dimension_is_compared_with_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    embedded_by(&Fake::new("old", 64), folder.path());
    let impostor = Fake::new("old", 96);
    let new = Fake::with_others("new", 96, &[&impostor]);
    new.hold("rust");
    let bench = Bench::on(folder.path(), &new, None, pace()).start();
    new.wait_until_held(1);
    until("the impostor is asked", PATIENCE, || {
        let page = bench.search("automobile");
        assert!(!is_by_vectors(&page), "{page}");
        0 < impostor.n_asked("automobile")
    });
    new.release();
    bench.drain();
    bench.search_by_vectors("automobile");
}

#[test]
fn where_the_old_one_can_no_longer_be_asked_the_new_one_serves_by_what_it_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let car = embedded_by(&Fake::new("old", 64), folder.path());
    let new = Fake::new("new", 96);
    // Nobody embeds but who asks for it.
    let bench = Bench::on(folder.path(), &new, None, pace());
    let boat = bench.note("a boat for two");
    let counts = bench.desk.done("backfill_embeddings", json!({ "limit": 1 }));
    assert_eq!((&counts["new_embeddings"], &counts["remaining"]), (&json!(1), &json!(2)));
    let page = bench.search("vessel");
    assert!(is_by_vectors(&page) && ids(&page) == [boat], "{page}");
    let page = bench.search("automobile");
    assert!(!ids(&page).contains(&car), "what has no vector of it is not found by one: {page}");
    let bench = bench.start();
    bench.drain();
    assert_eq!(ids(&bench.search("automobile")).first(), Some(&car));
    until("the old vectors are gone", PATIENCE, || models(folder.path()) == [("new".to_owned(), 96 * 4)]);
}

#[test]
fn a_database_that_compares_no_vectors_answers_by_words_and_says_so() {
    for (database, lanes, why) in [
        (Database::with_vectors(), json!(["text", "vector"]), Value::Null),
        (Database::empty(), json!(["text"]), json!("the database has no extension that compares vectors")),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings::new(folder.path()).database_url(database.url());
        let audit = Audit::with_settings(&settings).expect("a log opens in an empty database");
        let bench = Bench::over(audit, &Fake::new("m", 64), None, pace()).start();
        let car = bench.note("the car has rust");
        bench.drain();
        let mut page = Value::Null;
        until("the model serves", PATIENCE, || {
            page = bench.search("car");
            page["lanes"] == lanes && page["lanes_missing"]["vector"] == why
        });
        assert_eq!((&page["lanes"], &page["lanes_missing"]["vector"], ids(&page)), (&lanes, &why, vec![car]), "{page}");
    }
}
