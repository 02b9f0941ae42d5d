//! Keys and names: which key is a log's, how it changes, and how a log goes on under another name.

use annals_event::ProducerId;
use annals_tlog::{Checkpoint, Note, SignerKey};

use super::{Signing, check_tree, evidence, seal_now, signer};
use crate::suite::Database;
use crate::suite::writing::{plain, producer, rows, send, send_own};
use crate::{Continuation, ErrorKind, Kept, LogId};

/// The first key stays, whoever comes later.
pub fn a_key_is_pinned_once(database: &dyn Database) {
    let (one, other) = (database.open(), database.open());
    let (first, second) = (signer(one.as_ref(), 1), signer(one.as_ref(), 2));
    assert_eq!(evidence(&one).standing().expect("a read").keys, []);
    send(one.as_ref(), producer(1), 0, &plain(0..4));
    assert_eq!(evidence(&one).pin_key(first.verifier()).expect("a pin").as_ref(), Some(first.verifier()));
    for store in [&one, &other] {
        assert_eq!(evidence(store).pin_key(second.verifier()).expect("a look").as_ref(), Some(first.verifier()));
    }
    let keys = evidence(&other).standing().expect("a read").keys;
    assert_eq!(keys.len(), 1);
    assert_eq!((&keys[0].key, keys[0].from_size), (first.verifier(), 4));
}

/// The event comes first, then a checkpoint over it by both keys, and from then on the old key signs nothing.
pub fn a_key_is_replaced_by_an_event_and_two_signatures(database: &dyn Database) {
    let store = database.open();
    let (old, new) = (signer(store.as_ref(), 1), signer(store.as_ref(), 2));
    let both = Signing::with(&[&old, &new]);
    let rotate = |signing: &Signing<'_>| {
        evidence(&store).rotate_key(new.verifier(), "uid:7", &mut |origin, head| Ok(signing.sign(origin, head)))
    };
    assert_eq!(rotate(&both).expect_err("no key to replace").kind(), ErrorKind::Invalid);
    evidence(&store).pin_key(old.verifier()).expect("a pin");
    send(store.as_ref(), producer(1), 0, &plain(0..4));
    seal_now(store.as_ref(), &Signing::with(&[&old]), Kept::Hour).expect("a seal").expect("a checkpoint");
    // A signature of one key alone leaves an event, and the old key in force.
    for alone in [&old, &new] {
        assert_eq!(rotate(&Signing::with(&[alone])).expect_err("one signature").kind(), ErrorKind::Invalid);
    }
    assert_eq!(evidence(&store).standing().expect("a read").keys.len(), 1);

    let stored = rotate(&both).expect("a rotation");
    assert_eq!((stored.size, stored.kept), (7, Kept::Named));
    let origin = evidence(&store).standing().expect("a read").origin;
    let note = Note::parse(stored.note.as_bytes()).expect("a note");
    for key in [&old, &new] {
        Checkpoint::open(&note, &origin, &[key.verifier().clone()]).expect("signed by both");
    }
    let event = rows(store.as_ref()).pop().expect("an event");
    assert_eq!((event.event_type.as_str(), event.credential.as_deref()), ("audit.key_rotated", Some("uid:7")));
    let keys = evidence(&store).standing().expect("a read").keys;
    assert_eq!(keys.iter().map(|pinned| &pinned.key).collect::<Vec<_>>(), [old.verifier(), new.verifier()]);
    assert_eq!(keys[1].from_size, 7);

    send(store.as_ref(), producer(1), 4, &plain(4..5));
    seal_now(store.as_ref(), &Signing::with(&[&old]), Kept::Hour).expect_err("the old key");
    seal_now(store.as_ref(), &Signing::with(&[&new]), Kept::Hour).expect("a seal").expect("a checkpoint");
    assert_eq!(check_tree(store.as_ref()), 8);
}

/// The tree goes on, the name, the key and the own count are new, and nobody writes under the old name any more.
pub fn a_log_goes_on_under_a_new_name(database: &dyn Database) {
    let (store, beside) = (database.open(), database.open());
    let old_key = signer(store.as_ref(), 1);
    evidence(&store).pin_key(old_key.verifier()).expect("a pin");
    send_own(store.as_ref(), &plain(0..4));
    let old_seal =
        seal_now(store.as_ref(), &Signing::with(&[&old_key]), Kept::Hour).expect("a seal").expect("a checkpoint");
    let before = evidence(&store).standing().expect("a read");

    let log = LogId::from_bytes([0xAB; 16]);
    let own_producer = ProducerId::from_bytes([0xCD; 16]);
    let key = SignerKey::from_seed(crate::origin_of(log).as_str().parse().expect("a name"), &[5; 32]);
    let continuation = Continuation {
        log,
        own_producer,
        key: key.verifier(),
        reason: "restored",
        last_known: Some(&old_seal.note),
        late_keys: &[],
        credential: "uid:7",
    };
    evidence(&store).continue_as(&continuation).expect("a continuation");
    for stale in [&store, &beside] {
        let payloads = plain(50..51);
        let events = crate::suite::writing::pending(0, &payloads);
        stale.append(&crate::suite::writing::own(&events)).expect_err("a store that knows the old name");
        seal_now(stale.as_ref(), &Signing::with(&[&old_key]), Kept::Hour).expect_err("the old name");
        evidence(stale).continue_as(&continuation).expect_err("a second time");
    }

    let store = database.open();
    assert_eq!(store.log_ids(), (log, vec![before.log]));
    let standing = evidence(&store).standing().expect("a read");
    assert_eq!((standing.log, standing.own_producer, standing.tree.size), (log, own_producer, 5));
    assert_eq!(standing.earlier.len(), 1);
    assert_eq!((&standing.earlier[0].log, standing.earlier[0].n_events), (&before.log, 4));
    assert_eq!(standing.keys.len(), 2);
    assert_eq!((&standing.keys[1].key, standing.keys[1].from_size), (key.verifier(), 4));
    let first = rows(store.as_ref()).pop().expect("an event");
    assert_eq!(
        (first.event_type.as_str(), first.seq, first.producer, first.pseq),
        ("audit.continued", 4, own_producer, 0)
    );
    let details: serde_json::Value = serde_json::from_str(first.details.as_deref().expect("details")).expect("JSON");
    assert_eq!(details["origin"], before.origin.as_str());
    assert_eq!((&details["size"], &details["reason"]), (&4.into(), &"restored".into()));
    assert_eq!(details["checkpoint"], old_seal.note.as_str());

    send_own(store.as_ref(), &plain(60..61));
    seal_now(store.as_ref(), &Signing::with(&[&old_key]), Kept::Hour).expect_err("the old key");
    let sealed = seal_now(store.as_ref(), &Signing::with(&[&key]), Kept::Hour).expect("a seal").expect("a checkpoint");
    assert_eq!(sealed.size, 6);
    assert_eq!(check_tree(store.as_ref()), 6);
    assert_eq!(evidence(&store).root_at(4).expect("a read"), Some(before.tree.root), "the old events are the same");
}
