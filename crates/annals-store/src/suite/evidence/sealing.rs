//! Checkpoints: when one is signed, by which key, and which are kept.

use std::time::Duration;

use annals_tlog::{Checkpoint, Note};

use super::{Signing, check_tree, evidence, seal, seal_now, signer};
use crate::suite::Database;
use crate::suite::writing::{plain, producer, send};
use crate::{Error, ErrorKind, Kept, SealWish};

const LONG: Duration = Duration::from_hours(10_000);

/// Without a pinned key nothing is signed, and no other key is taken for it.
pub fn only_a_pinned_key_seals(database: &dyn Database) {
    let store = database.open();
    let (mine, theirs) = (signer(store.as_ref(), 1), signer(store.as_ref(), 2));
    assert_eq!(seal_now(store.as_ref(), &Signing::with(&[&mine]), Kept::Hour).expect("nothing to sign"), None);
    send(store.as_ref(), producer(1), 0, &plain(0..5));
    let error = seal_now(store.as_ref(), &Signing::with(&[&mine]), Kept::Hour).expect_err("no key");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    evidence(&store).pin_key(mine.verifier()).expect("a pin");
    let error = seal_now(store.as_ref(), &Signing::with(&[&theirs]), Kept::Hour).expect_err("another key");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(evidence(&store).checkpoints(0, 10).expect("a read"), []);

    let sealed = seal_now(store.as_ref(), &Signing::with(&[&mine]), Kept::Hour).expect("a seal").expect("a checkpoint");
    let standing = evidence(&store).standing().expect("a read");
    assert_eq!((sealed.size, sealed.kept), (5, Kept::Hour));
    let note = Note::parse(sealed.note.as_bytes()).expect("a note");
    let checkpoint =
        Checkpoint::open(&note, &standing.origin, &[mine.verifier().clone()]).expect("a signed checkpoint");
    assert_eq!(*checkpoint.head(), standing.tree);
    assert_eq!(evidence(&store).checkpoints(0, 10).expect("a read"), [sealed]);
    assert_eq!(check_tree(store.as_ref()), 5, "a checkpoint is no event");
}

/// Over all stores, and never of a tree that has not grown.
pub fn a_checkpoint_is_signed_at_most_once_an_interval(database: &dyn Database) {
    let (one, other) = (database.open(), database.open());
    let key = signer(one.as_ref(), 1);
    evidence(&one).pin_key(key.verifier()).expect("a pin");
    let signing = Signing::with(&[&key]);
    let seldom = SealWish { interval: LONG, kept: Kept::Hour };
    let mut next = 0;
    let mut grow = |n: u64| {
        send(one.as_ref(), producer(1), next, &plain(next..next + n));
        next += n;
    };
    grow(3);
    assert_eq!(seal(one.as_ref(), &signing, seldom).expect("a seal").map(|sealed| sealed.size), Some(3));
    grow(3);
    for store in [&one, &other] {
        assert_eq!(seal(store.as_ref(), &signing, seldom).expect("a look"), None, "the newest is young");
    }
    assert_eq!(seal_now(other.as_ref(), &signing, Kept::Hour).expect("a seal").map(|sealed| sealed.size), Some(6));
    for store in [&one, &other] {
        assert_eq!(seal_now(store.as_ref(), &signing, Kept::Hour).expect("a look"), None, "nothing has grown");
    }
    assert_eq!(*signing.n_asked.borrow(), 2);
}

/// An error of whoever signs is passed on, and a note of something else is refused.
pub fn what_is_not_signed_is_not_stored(database: &dyn Database) {
    let store = database.open();
    let key = signer(store.as_ref(), 1);
    evidence(&store).pin_key(key.verifier()).expect("a pin");
    send(store.as_ref(), producer(1), 0, &plain(0..5));
    let wish = SealWish { interval: Duration::ZERO, kept: Kept::Close };
    let error = evidence(&store)
        .seal(wish, &mut |_, _| Err(Error::new(ErrorKind::Permission, "no key at hand")))
        .expect_err("an error of the signer's");
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Permission, "no key at hand"));
    let signing = Signing::with(&[&key]);
    let error = evidence(&store)
        .seal(wish, &mut |origin, mut head| {
            head.size -= 1;
            Ok(signing.sign(origin, head))
        })
        .expect_err("another tree");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(evidence(&store).checkpoints(0, 10).expect("a read"), []);
    send(store.as_ref(), producer(1), 5, &plain([5]));
    assert_eq!(seal_now(store.as_ref(), &signing, Kept::Hour).expect("a seal").map(|sealed| sealed.size), Some(6));
}

/// Of those that nothing names the last of an hour stays; the newest, those at a close and those that something names stay in any case.
pub fn named_checkpoints_are_kept(database: &dyn Database) {
    let store = database.open();
    let key = signer(store.as_ref(), 1);
    evidence(&store).pin_key(key.verifier()).expect("a pin");
    let signing = Signing::with(&[&key]);
    let kinds = [Kept::Hour, Kept::Close, Kept::Hour, Kept::Named, Kept::Hour, Kept::Hour, Kept::Hour];
    for (next, kept) in (0..).zip(kinds) {
        send(store.as_ref(), producer(1), next, &plain([next]));
        seal_now(store.as_ref(), &signing, kept).expect("a seal").expect("a checkpoint");
        if next == 2 {
            evidence(&store).keep_checkpoint(3).expect("a stored one");
        }
    }
    // All of this may have happened in the last moment of one hour and the first of the next: then one more is the last of its hour.
    let stored = evidence(&store).checkpoints(0, 100).expect("a read");
    let find = |size: u64| stored.iter().find(|checkpoint| checkpoint.size == size).map(|checkpoint| checkpoint.kept);
    assert_eq!(
        [find(2), find(3), find(4), find(7)],
        [Some(Kept::Close), Some(Kept::Named), Some(Kept::Named), Some(Kept::Hour)]
    );
    assert!(stored.len() <= 5, "{stored:?}");
    // It is kept for the stronger reason when it was there already.
    assert_eq!(seal_now(store.as_ref(), &signing, Kept::Named).expect("a look"), None);
    let newest = evidence(&store).checkpoints(7, 100).expect("a read");
    assert_eq!(newest.iter().map(|checkpoint| checkpoint.kept).collect::<Vec<_>>(), [Kept::Named]);
    let missing = evidence(&store).keep_checkpoint(100).expect_err("no such checkpoint");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert_eq!(evidence(&store).checkpoints(3, 1).expect("a read").first().map(|checkpoint| checkpoint.size), Some(3));
}
