//! Entries that come by an import or out of the trash are embedded as others are, and with an entry its vectors go for good.

use annals::{Caller, Timestamp};
use annals_awareness::transfer::{Import, Run};
use annals_testkit::meaning;
use serde_json::{Value, json};

use super::fake::Fake;
use super::{Bench, ids};

/// How many vectors are kept, and of those how many belong to an entry with this in its description.
fn n_kept(bench: &Bench, part: &str) -> (usize, usize) {
    let kept = bench.kept();
    (kept.len(), kept.iter().filter(|kept| kept.entry.contains(part)).count())
}

#[test]
fn what_was_imported_is_embedded() {
    let fake = Fake::new("m", 64);
    let bench = Bench::started(&fake);
    let caller = Caller::new("team", "operator").expect("names");
    let id = "3b241101-e2bb-4255-8caf-4136c566a901";
    let lines = [
        json!({ "format": "annals-awareness", "version": 1, "space": "team" }),
        json!({ "entry": {
            "id": id, "type": "note", "source": "s", "tags": [],
            "created": "2026-01-01T00:00:00.000001Z", "updated": null, "expires": null, "deleted": null,
            "logical_key": null, "language": null, "credential": "alice", "data": { "description": "the car has rust" }, "changes": [],
        } }),
        json!({ "end": { "n_entries": 1 } }),
    ];
    let mut import = Import::new(bench.desk.service.audit(), &caller, Run::CarryOut);
    for (number, line) in (1..).zip(&lines) {
        import.line(number, line.to_string().as_bytes()).expect("a line is taken");
    }
    import.end().expect("the rest is brought");
    assert_eq!(import.tally().n_created, 1);
    bench.drain();
    let page = bench.search_by_vectors("automobile");
    assert_eq!(ids(&page), [Value::from(id)]);
    assert_eq!(n_kept(&bench, "car"), (1, 1));
}

#[test]
fn what_comes_back_out_of_the_trash_is_found_again_and_what_is_purged_leaves_no_vector() {
    let fake = Fake::new("m", 64);
    let bench = Bench::started(&fake);
    let car = bench.note("the car has rust");
    bench.note("a trout swims upstream");
    bench.drain();
    bench.desk.done("delete_entry", json!({ "entry_id": car }));
    assert!(!ids(&bench.search("automobile")).contains(&car));
    bench.desk.done("restore_entry", json!({ "entry_id": car }));
    bench.drain();
    assert_eq!(ids(&bench.search_by_vectors("automobile")).first(), Some(&car));
    // The control of the count: they are there until the entry is gone for good.
    assert_eq!(n_kept(&bench, "car"), (2, 1));
    bench.desk.done("delete_entry", json!({ "entry_id": car }));
    let purged = bench.desk.service.audit().purge_stale(Timestamp::from_nanos(i64::MAX)).expect("a purge");
    assert_eq!(purged, 1);
    assert_eq!(n_kept(&bench, "car"), (1, 0));
    assert_eq!(n_kept(&bench, "trout"), (1, 1));
    bench.drain();
    assert!(!ids(&bench.search("automobile")).contains(&car));
}

/// A note that was changed while its vectors were made keeps none of those.
#[test]
fn what_changes_while_it_is_embedded_is_embedded_as_it_is_then() {
    let fake = Fake::new("m", 64);
    fake.hold("car");
    let bench = Bench::started(&fake);
    let id = bench.note("the car has rust");
    fake.wait_until_held(1);
    bench.desk.done("update_entry", json!({ "entry_id": id, "description": "the boat has rust" }));
    let gone = bench.note("the car is gone");
    bench.desk.done("delete_entry", json!({ "entry_id": gone }));
    fake.release();
    bench.drain();
    assert_eq!(ids(&bench.search_by_vectors("vessel")).first(), Some(&id));
    let packed = |text: &str| -> Vec<u8> { meaning(text, 64).into_iter().flat_map(f32::to_le_bytes).collect() };
    let vectors: Vec<_> =
        bench.kept().into_iter().filter(|kept| kept.entry.contains("rust")).map(|kept| kept.vector).collect();
    assert_eq!(vectors, [packed("the boat has rust")]);
    // The control: what was on its way is another vector.
    assert_ne!(packed("the car has rust"), packed("the boat has rust"));
}
