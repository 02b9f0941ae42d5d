//! Names, digests and traces as they are kept for ever.

use annals_event::Timestamp;
use serde_json::{Map, Value, json};

use super::*;

fn entry() -> Entry {
    let mut entry = Entry::new(
        EntryId::from_bytes([7; 16]),
        EntryType::Note,
        "home",
        Timestamp::from_nanos(1_700_000_000_000_000_001),
    );
    entry.tags = vec!["b".to_owned(), "a".to_owned()];
    entry.credential = "alice".to_owned();
    entry.data = object(json!({"z": 1, "a": [1.5, null, {"y": "ü\n", "b": true}]}));
    entry
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("no object: {other}"),
    }
}

#[test]
fn the_canonical_text_is_this_one_for_ever() {
    let zeros = "0".repeat(64);
    let expected = format!(
        "{{\"changes_digest\":\"{zeros}\",\"created\":\"1700000000000000001\",\"credential\":\"alice\",\
         \"data\":{{\"a\":[1.5,null,{{\"b\":true,\"y\":\"ü\\n\"}}],\"z\":1}},\"deleted\":null,\"expires\":null,\
         \"id\":\"07070707-0707-0707-0707-070707070707\",\"language\":null,\"logical_key\":null,\"n_changes\":\"0\",\
         \"source\":\"home\",\"space\":\"team\",\"tags\":[\"b\",\"a\"],\"type\":\"note\",\"updated\":null}}"
    );
    assert_eq!(entry().canonical("team"), expected);
}

#[test]
fn each_part_is_in_the_digest() {
    let original = entry();
    let digest = original.digest("team");
    let some = Some(Timestamp::from_nanos(5));
    let altered: [fn(&mut Entry, Option<Timestamp>); 10] = [
        |entry, _| entry.source.push('!'),
        |entry, _| entry.tags.reverse(),
        |entry, _| entry.credential.clear(),
        |entry, some| entry.updated = some,
        |entry, some| entry.expires = some,
        |entry, some| entry.deleted = some,
        |entry, _| entry.logical_key = Some(String::new()),
        |entry, _| entry.language = Some("de".to_owned()),
        |entry, _| drop(entry.data.insert("n".to_owned(), Value::Null)),
        |entry, _| entry.add_change(&Change { at: Timestamp::from_nanos(1), changed: Map::new() }),
    ];
    for (n, alter) in altered.into_iter().enumerate() {
        let mut other = original.clone();
        alter(&mut other, some);
        assert_ne!(other.digest("team"), digest, "alteration {n} is not in the digest");
    }
    assert_ne!(original.digest("other"), digest);
}

#[test]
fn a_name_cannot_be_made_of_others() {
    assert_ne!(Name::alert("a", "b\",\"c"), Name::alert("a\",\"b", "c"));
    assert_eq!(Name::alert("a", "b"), Name::alert("a", "b"));
    assert_ne!(Name::alert("a", "b"), Name::preference("a", "b"));
}

#[test]
fn facets_are_taken_from_the_data() {
    let mut intention = Entry::new(EntryId::from_bytes([1; 16]), EntryType::Intention, "x", Timestamp::from_nanos(0));
    intention.data = object(json!({
        "state": "pending", "deliver_at": "1970-01-01T00:00:01+00:00", "learned_from": "chat",
        "related_ids": ["07070707-0707-0707-0707-070707070707", "01010101-0101-0101-0101-010101010101", "no id", 5],
    }));
    let facets = intention.facets();
    assert_eq!(facets.due, Some(Timestamp::from_nanos(1_000_000_000)));
    assert_eq!(facets.state.as_deref(), Some("pending"));
    assert_eq!(facets.related.into_iter().collect::<Vec<_>>(), [EntryId::from_bytes([7; 16])]);
    intention.data.insert("state".to_owned(), "fired".into());
    assert_eq!(intention.facets().due, None);
}
