//! Proofs made by hand of a small tree: those that hold, and every way in which one byte of them may be another.

use annals_event::{Encoded, GroupKey, LeafRow, ProducerId};
use annals_event::{Event, Rules, Salt, Stamp, Timestamp, encode};
use annals_store::{Emptied, RowContent};
use annals_tlog::{Frontier, SignerKey, TreeHead};

use super::*;

const SALT: Salt = [9; 32];

fn payload() -> Vec<u8> {
    let event =
        Event::new("tool.invoked").actor("bot \"ü\"\u{1}").tool("bash").details(serde_json::json!({"a": [1, "x"]}));
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

fn row(payload: &[u8]) -> LeafRow<'_> {
    let event = Encoded::decode(payload).unwrap();
    LeafRow::of_encoded(&event, Timestamp::from_nanos(2), ProducerId::from_bytes([3; 16]), 4)
}

fn content(row: LeafRow<'_>) -> RowContent<'_> {
    RowContent { row, salt: Some(SALT), erased_by: None, emptied: None }
}

fn signer() -> SignerKey {
    SignerKey::from_seed("annals/test".parse().unwrap(), &[1; 32])
}

/// A proof of the leaf as the first of two.
fn proof(leaf: &Leaf, disclose: &[LeafGroup]) -> String {
    let other = Hash::of_leaf(b"another");
    let mut tree = Frontier::new();
    tree.append(Hash::of_leaf(leaf.entry.as_bytes())).unwrap();
    tree.append(other).unwrap();
    let head: TreeHead = tree.head();
    let note = Checkpoint::new("annals/test".parse().unwrap(), head).unwrap().sign(&[&signer()]).unwrap();
    let proof = TlogProof::new(InclusionProof::new(0, vec![other]), note).unwrap();
    proof.with_extra(extra(leaf, disclose).unwrap()).to_string()
}

#[test]
fn a_proof_shows_what_it_is_asked_to_and_nothing_else() {
    let payload = payload();
    let leaf = Leaf::of(0, &content(row(&payload))).unwrap();
    let text = proof(&leaf, &[LeafGroup::Who]);
    let proven = verify_proof(&text, Some(&signer().verifier().to_string())).unwrap();
    assert_eq!(
        proven.disclosed,
        [(LeafGroup::Who, r#"{"actor_name":"bot \"ü\"\u0001","credential":"ada"}"#.to_owned())]
    );
    assert_eq!(proven.withheld, [LeafGroup::Context, LeafGroup::Details]);
    assert_eq!((proven.seq, proven.size, proven.origin.as_str()), (0, 2, "annals/test"));
    assert_eq!(proven.entry["event_type"], "tool.invoked");
    assert!(proven.signer.is_some());
    assert_eq!(verify_proof(&text, None).unwrap().signer, None);
    let stranger = SignerKey::from_seed("annals/test".parse().unwrap(), &[2; 32]).verifier().to_string();
    assert!(verify_proof(&text, Some(&stranger)).is_err());
}

#[test]
fn no_character_of_a_proof_can_be_another() {
    let payload = payload();
    let leaf = Leaf::of(0, &content(row(&payload))).unwrap();
    let text = proof(&leaf, &LeafGroup::ALL);
    let key = signer().verifier().to_string();
    let sound = verify_proof(&text, Some(&key)).unwrap();
    for at in 0..text.len() {
        for flip in [1, 2, 0x20] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= flip;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            if let Ok(proven) = verify_proof(&changed, Some(&key)) {
                // The one thing that may look otherwise is how JSON escapes the same text.
                assert_eq!(proven, sound, "byte {at} of {text}");
            }
        }
    }
}

#[test]
fn what_was_erased_is_proved_without_being_shown() {
    let payload = payload();
    let whole = row(&payload);
    let commitments = whole.commitments(&SALT, &mut Vec::new());
    let emptied = Emptied { commitments, who_key: Some(GroupKey::derive(&SALT, LeafGroup::Who)), context_key: None };
    let kept = LeafRow { details: None, ..whole.clone() };
    let pruned = RowContent { row: kept, salt: None, erased_by: Some(5), emptied: Some(emptied) };
    let leaf = Leaf::of(0, &pruned).unwrap();
    assert_eq!(leaf.entry, Leaf::of(0, &content(whole)).unwrap().entry, "the leaf is what it was");
    assert_eq!(leaf.open_groups(), [LeafGroup::Who]);
    let error = extra(&leaf, &[LeafGroup::Details]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("`details` of event 0 was erased by event 5"), "{error}");
    assert!(verify_proof(&proof(&leaf, &[LeafGroup::Who]), None).is_ok());
}

#[test]
fn a_row_that_does_not_open_its_own_commitments_is_not_proved() {
    let payload = payload();
    let whole = row(&payload);
    let commitments = whole.commitments(&SALT, &mut Vec::new());
    let emptied = Emptied { commitments, who_key: Some(GroupKey::derive(&SALT, LeafGroup::Who)), context_key: None };
    let edited = LeafRow { credential: Some("eve"), ..whole };
    let row = RowContent { row: edited, salt: None, erased_by: Some(5), emptied: Some(emptied) };
    assert_eq!(Leaf::of(0, &row).err().unwrap().kind(), ErrorKind::Corrupt);
}

#[test]
fn a_group_of_another_event_opens_nothing() {
    let payload = payload();
    let leaf = Leaf::of(0, &content(row(&payload))).unwrap();
    let text = proof(&leaf, &[]);
    let swapped: TlogProof = text.parse().unwrap();
    let mut other = RowContent { salt: Some([8; 32]), ..content(row(&payload)) };
    let groups = extra(&Leaf::of(0, &other).unwrap(), &[LeafGroup::Who]).unwrap();
    let disclosed = groups.split_once(",\"disclosed\":").unwrap().1;
    let mut object = String::from("{\"entry\":");
    write_string(&leaf.entry, &mut object);
    object = format!("{object},\"disclosed\":{disclosed}");
    let error = verify_proof(&swapped.with_extra(object).to_string(), None).unwrap_err();
    assert!(error.to_string().contains("`who` is not what the entry commits to"), "{error}");
    other.salt = None;
    assert!(Leaf::of(0, &other).is_err(), "emptied, and nothing kept");
}

#[test]
fn a_member_that_stands_twice_is_believed_in_neither_place() {
    let payload = payload();
    let leaf = Leaf::of(0, &content(row(&payload))).unwrap();
    let honest = proof(&leaf, &[LeafGroup::Who]);
    assert!(verify_proof(&honest, None).is_ok());
    let honest: TlogProof = honest.parse().unwrap();
    let text = str::from_utf8(honest.extra()).unwrap();
    let forged = r#""disclosed":{"who":{"key":"00","bytes":"somebody else"},"#;
    let forged = text.replacen(r#""disclosed":{"#, forged, 1);
    let error = verify_proof(&honest.with_extra(forged).to_string(), None).unwrap_err();
    assert!(error.to_string().contains("each member once"), "{error}");
}
