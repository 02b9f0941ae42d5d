//! Two processes that seal a new log at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals_event::ProducerId;
use annals_store::{
    Continuation, DeadLetter, Error, EventStore, EvidenceStore, Mark, Opening, ScannedRow, SealWish, Standing,
    StoredCheckpoint,
};
use annals_testkit::PATIENCE;
use annals_tlog::{Hash, Note, Origin, Tile, TreeHead, VerifierKey};

use super::pin;
use crate::place::Place;
use crate::{Audit, Event, Mode, Settings, json};

/// A store beside which another process seals the log as soon as anybody has looked at the keys.
struct Overtaken<'a> {
    store: Arc<dyn EventStore>,
    seals: &'a (dyn Fn() + Send + Sync),
    is_sealed: AtomicBool,
}

impl Overtaken<'_> {
    fn evidence(&self) -> &dyn EvidenceStore {
        self.store.evidence().unwrap()
    }
}

impl EvidenceStore for Overtaken<'_> {
    fn standing(&self) -> Result<Standing, Error> {
        let standing = self.evidence().standing();
        if !self.is_sealed.swap(true, Ordering::SeqCst) {
            (self.seals)();
        }
        standing
    }

    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        self.evidence().tile(tile)
    }

    fn root_at(&self, size: u64) -> Result<Option<Hash>, Error> {
        self.evidence().root_at(size)
    }

    fn scan(&self, first: i64, last: i64, visit: &mut dyn FnMut(ScannedRow<'_>)) -> Result<(), Error> {
        self.evidence().scan(first, last, visit)
    }

    fn bounds(&self) -> Result<Option<(i64, i64)>, Error> {
        self.evidence().bounds()
    }

    fn checkpoints(&self, from: u64, limit: usize) -> Result<Vec<StoredCheckpoint>, Error> {
        self.evidence().checkpoints(from, limit)
    }

    fn marks(&self, after: Option<ProducerId>, limit: usize) -> Result<Vec<(ProducerId, Mark)>, Error> {
        self.evidence().marks(after, limit)
    }

    fn emptied_by(&self, by: u64, from: u64, limit: usize) -> Result<Vec<u64>, Error> {
        self.evidence().emptied_by(by, from, limit)
    }

    fn dead_letters(&self, from: u64, limit: usize) -> Result<Vec<DeadLetter>, Error> {
        self.evidence().dead_letters(from, limit)
    }

    fn seal(
        &self,
        wish: SealWish,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<Option<StoredCheckpoint>, Error> {
        self.evidence().seal(wish, sign)
    }

    fn keep_checkpoint(&self, size: u64) -> Result<(), Error> {
        self.evidence().keep_checkpoint(size)
    }

    fn pin_key(&self, key: &VerifierKey) -> Result<Option<VerifierKey>, Error> {
        self.evidence().pin_key(key)
    }

    fn rotate_key(
        &self,
        new: &VerifierKey,
        credential: &str,
        sign: &mut dyn FnMut(&Origin, TreeHead) -> Result<Note, Error>,
    ) -> Result<StoredCheckpoint, Error> {
        self.evidence().rotate_key(new, credential, sign)
    }

    fn continue_as(&self, continuation: &Continuation<'_>) -> Result<(), Error> {
        self.evidence().continue_as(continuation)
    }
}

#[test]
fn who_is_overtaken_by_a_first_seal_takes_its_key() {
    let data = tempfile::tempdir().unwrap();
    let place = Place::new(data.path(), None).unwrap();
    let store = place.open_for_writing(Opening::default()).unwrap();
    let seals = || {
        let other = Audit::with_settings(&Settings::new(data.path()).mode(Mode::Synchronous)).unwrap();
        let receipt = other.record(Event::new("tool.invoked").tool("read_file").details(json!({}))).unwrap();
        receipt.wait_sealed(PATIENCE).unwrap();
        other.close().unwrap();
    };
    let overtaken = Overtaken { store: Arc::clone(&store), seals: &seals, is_sealed: AtomicBool::new(false) };
    pin(&place, &*store, &overtaken).unwrap();
    let standing = overtaken.standing().unwrap();
    let ours = place.keys().current().unwrap().unwrap();
    assert_eq!((standing.tree.size, standing.keys.len()), (1, 1));
    assert_eq!(standing.keys[0].key, *ours.verifier());
}
