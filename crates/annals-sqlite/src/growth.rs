//! Where the tree grows while a transaction writes its rows: on the same thread, or on a helper beside it.
//!
//! Hashing a leaf takes about as long as inserting its row, and neither needs the other. So a batch that is large enough hands its events' bytes to a helper thread, which owns the tree until
//! the last row is in. A hook's single event never pays for a thread. The helper lives for one batch: a thread that outlives it would have to be ended and watched.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};

use annals_event::{Encoded, LeafRow, ProducerId, Salt, Timestamp};
use annals_store::Error;
use annals_store::backend::{LeafScratch, Tree, decode, hash_leaf};
use annals_tlog::Hash;

use crate::failure::Trouble;

/// From how many events on a helper is worth its start.
const WORTH_A_THREAD: usize = 128;
/// How many leaves are handed over at once.
const CHUNK: usize = 64;

/// What a leaf is made of besides its event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbered {
    pub(crate) recorded_at: Timestamp,
    pub(crate) producer: ProducerId,
    pub(crate) pseq: u64,
    pub(crate) salt: Salt,
}

impl Numbered {
    /// The hash of an event's leaf.
    fn hash(&self, event: &Encoded<'_>, scratch: &mut LeafScratch) -> Hash {
        let row = LeafRow::of_encoded(event, self.recorded_at, self.producer, self.pseq);
        hash_leaf(row, &self.salt, scratch)
    }
}

/// A tree that grows during one transaction.
#[derive(Debug)]
pub(crate) enum Growth {
    /// A benchmark's rows have no leaves.
    None,
    Here(Tree),
    Beside(Helper),
}

impl Growth {
    /// Goes on with a helper's hands, where there is one and a tree.
    pub(crate) fn with(self, helper: Option<Helper>) -> Self {
        match (self, helper) {
            (Self::Here(tree), Some(mut helper)) => {
                helper.send(Work::Begin(tree));
                Self::Beside(helper)
            }
            (growth, _) => growth,
        }
    }

    /// Appends the leaf of an event. `payload` are the bytes that it was decoded from, where they are at hand.
    pub(crate) fn append(
        &mut self,
        event: &Encoded<'_>,
        payload: Option<&[u8]>,
        numbered: &Numbered,
        scratch: &mut LeafScratch,
    ) -> Result<(), Trouble> {
        match (self, payload) {
            (Self::None, _) => Ok(()),
            (Self::Here(tree), _) => Ok(tree.append(numbered.hash(event, scratch))?),
            (Self::Beside(helper), Some(payload)) => {
                helper.chunk.bytes.extend_from_slice(payload);
                helper.put(Leaf::Event { n_bytes: payload.len(), numbered: *numbered });
                Ok(())
            }
            (Self::Beside(helper), None) => {
                helper.put(Leaf::Hashed(numbered.hash(event, scratch)));
                Ok(())
            }
        }
    }

    /// The tree with all its leaves.
    pub(crate) fn finish(self) -> Result<Option<Tree>, Trouble> {
        match self {
            Self::None => Ok(None),
            Self::Here(tree) => Ok(Some(tree)),
            Self::Beside(helper) => helper.finish().map(Some),
        }
    }
}

/// A thread that hashes a batch's leaves. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Helper {
    work: Sender<Work>,
    done: Receiver<Result<Tree, Trouble>>,
    chunk: Chunk,
}

#[derive(Debug)]
enum Work {
    Begin(Tree),
    Leaves(Chunk),
}

/// Leaves in their order, and the bytes of their events one behind another.
#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    leaves: Vec<Leaf>,
}

#[derive(Debug)]
enum Leaf {
    Event { n_bytes: usize, numbered: Numbered },
    Hashed(Hash),
}

impl Helper {
    /// Starts one, if so many events are worth it and the system gives a thread and a core for it.
    pub(crate) fn start<'scope>(scope: &'scope Scope<'scope, '_>, n_events: usize) -> Option<Self> {
        static HAS_CORES: OnceLock<bool> = OnceLock::new();
        let has_cores = || thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
        if n_events < WORTH_A_THREAD || !*HAS_CORES.get_or_init(has_cores) {
            return None;
        }
        let (work, to_do) = channel();
        let (finished, done) = channel();
        let run = move || {
            if let Ok(Work::Begin(tree)) = to_do.recv() {
                // Nobody waits for it where the transaction failed.
                let _ = finished.send(hash_all(tree, &to_do));
            }
        };
        thread::Builder::new().name("annals-tree".to_owned()).spawn_scoped(scope, run).ok()?;
        Some(Self { work, done, chunk: Chunk::default() })
    }

    fn put(&mut self, leaf: Leaf) {
        self.chunk.leaves.push(leaf);
        if self.chunk.leaves.len() == CHUNK {
            let next = Chunk { bytes: Vec::with_capacity(self.chunk.bytes.len()), leaves: Vec::with_capacity(CHUNK) };
            let full = std::mem::replace(&mut self.chunk, next);
            self.send(Work::Leaves(full));
        }
    }

    /// A helper that is gone is noticed when its tree is missing.
    fn send(&mut self, work: Work) {
        let _ = self.work.send(work);
    }

    fn finish(mut self) -> Result<Tree, Trouble> {
        let rest = std::mem::take(&mut self.chunk);
        self.send(Work::Leaves(rest));
        let Self { work, done, .. } = self;
        drop(work);
        done.recv().unwrap_or_else(|_| Err(Trouble::Damaged("the thread that hashes its tree is gone".to_owned())))
    }
}

/// Appends what comes until nothing more will.
fn hash_all(mut tree: Tree, to_do: &Receiver<Work>) -> Result<Tree, Trouble> {
    let mut scratch = LeafScratch::default();
    for work in to_do {
        let Work::Leaves(chunk) = work else { continue };
        let mut rest = chunk.bytes.as_slice();
        for leaf in chunk.leaves {
            let hash = match leaf {
                Leaf::Hashed(hash) => hash,
                Leaf::Event { n_bytes, numbered } => {
                    let (payload, after) = rest.split_at(n_bytes);
                    rest = after;
                    let event = decode(payload).map_err(|error: Error| Trouble::from(error))?;
                    numbered.hash(&event, &mut scratch)
                }
            };
            tree.append(hash)?;
        }
    }
    Ok(tree)
}
