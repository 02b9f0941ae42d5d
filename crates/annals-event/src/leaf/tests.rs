//! What a leaf is, held against examples worked out by hand and against an independent JSON writer.

use std::collections::BTreeMap;

use super::*;
use crate::{Event, Rules, Stamp, encode};

fn sample() -> Vec<u8> {
    let event = Event::new("tool.invoked")
        .actor("bot \"x\"\u{8}\u{c}\u{1f}")
        .tool("bash")
        .operation("op-1")
        .details(serde_json::json!({"a": 1}));
    let stamp = Stamp {
        id: EventId::from_bytes([7; 16]),
        created_at: Timestamp::from_nanos(1),
        space: "default",
        credential: "ada",
        begun: false,
    };
    let mut out = Vec::new();
    encode(&event, &Rules::default(), &stamp, &mut out).unwrap();
    out
}

fn row(payload: &[u8]) -> (Encoded<'_>, Salt) {
    (Encoded::decode(payload).unwrap(), [9; 32])
}

#[test]
fn the_entry_is_the_canonical_object() {
    let payload = sample();
    let (event, salt) = row(&payload);
    let row = LeafRow::of_encoded(&event, Timestamp::from_nanos(2), ProducerId::from_bytes([3; 16]), 4);
    let commitments = row.commitments(&salt, &mut Vec::new());
    let mut entry = Vec::new();
    row.entry(&commitments, &mut entry);

    // `serde_json` with a sorted map writes the canonical form of strings under ASCII names.
    let read: BTreeMap<String, String> = serde_json::from_slice(&entry).unwrap();
    assert_eq!(entry, serde_json::to_vec(&read).unwrap());
    assert_eq!(read["id"], "07070707-0707-0707-0707-070707070707");
    assert_eq!(read["producer"], "03".repeat(16));
    assert_eq!((read["pseq"].as_str(), read["v"].as_str()), ("4", "1"));
    assert_eq!(read["recorded_at"], "1970-01-01T00:00:00.000000002Z");
    assert_eq!(read["who"], commitments.who.unwrap().to_string());
    for absent in ["outcome", "duration_ms", "occurred_at"] {
        assert!(!read.contains_key(absent), "{absent}");
    }
    for free_text in ["bot", "bash", "ada"] {
        assert!(!String::from_utf8_lossy(&entry).contains(free_text), "{free_text}");
    }
}

#[test]
fn a_group_is_the_canonical_object_of_its_present_columns() {
    let payload = sample();
    let (event, _) = row(&payload);
    let row = LeafRow::of_encoded(&event, Timestamp::from_nanos(2), ProducerId::from_bytes([3; 16]), 4);
    let bytes = |group| {
        let mut bytes = Vec::new();
        row.group_bytes(group, &mut bytes).then(|| String::from_utf8(bytes).unwrap())
    };
    let who = bytes(LeafGroup::Who).unwrap();
    assert_eq!(who, r#"{"actor_name":"bot \"x\"\b\f\u001f","credential":"ada"}"#);
    let read: BTreeMap<String, String> = serde_json::from_str(&who).unwrap();
    assert_eq!(who, serde_json::to_string(&read).unwrap());
    assert_eq!(bytes(LeafGroup::Context).unwrap(), r#"{"tool":"bash"}"#);
    assert_eq!(bytes(LeafGroup::Details).unwrap(), r#"{"a":1}"#);

    let bare = LeafRow { texts: [None; Column::COUNT], details: None, credential: None, ..row.clone() };
    assert_eq!(bare.commitments(&[9; 32], &mut Vec::new()), Commitments::default());
}

#[test]
fn the_lists_hold_every_column_of_their_group_in_order() {
    for (list, group, extra) in [(WHO, Group::Who, Some("credential")), (CONTEXT, Group::Context, None)] {
        let names: Vec<_> = list
            .iter()
            .map(|name| match name {
                Named::Credential => "credential",
                Named::Column(column) => column.name(),
            })
            .collect();
        let of_group = Column::ALL.iter().filter(|column| column.group() == group).map(|column| column.name());
        let mut wanted: Vec<_> = of_group.chain(extra).collect();
        wanted.sort_unstable();
        assert_eq!(names, wanted);
    }
}

#[test]
fn the_key_is_rfc_2104_hmac() {
    // Worked out with `openssl dgst -sha256 -mac HMAC -macopt hexkey:0909…09` over `who`.
    let key = GroupKey::derive(&[9; 32], LeafGroup::Who);
    assert_eq!(key.to_string(), KEY_OF_WHO);
    assert_eq!(KEY_OF_WHO.parse::<GroupKey>().unwrap(), key);
    assert_ne!(GroupKey::derive(&[9; 32], LeafGroup::Details), key);
    assert!("12".parse::<GroupKey>().is_err());
}

const KEY_OF_WHO: &str = "25d5a0ede53d21f696f4bc8a6fe2e33a4c14a7f7a90938e9118f31eb89b1bf0d";
