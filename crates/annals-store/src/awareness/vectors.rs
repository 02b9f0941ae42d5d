//! Vectors of entries: who must be given some, and keeping them.
//!
//! An entry is cut into passages, each with a vector. Vectors carry their model, which is a name and a dimension; those of two models are never compared. Which entries wait for vectors of a model
//! follows from what is kept for each of them: the model that it was embedded by since it was last changed. So a change of the text, a new entry and a new model all make the same backlog, which
//! no crash can lose, and an entry is embedded again only when its vectors are durable or it has changed.

use super::Entry;
use crate::Error;

/// What made a vector.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Model {
    /// Its name, which is another one for other weights.
    pub name: String,
    /// How many numbers its vectors have.
    pub dimension: usize,
}

/// A model as a store knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ModelId(pub i64);

/// An entry as it stood when it was given out to be embedded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The entry's own number in its store.
    pub n: i64,
    /// Another one after each change of its text.
    pub generation: i64,
}

/// An entry that waits for vectors.
#[derive(Clone, PartialEq, Debug)]
pub struct Waiting {
    /// As what its vectors are handed in.
    pub place: Place,
    /// The entry.
    pub entry: Entry,
    /// Digests of the passages that have a vector of this model already.
    pub known: Vec<[u8; 32]>,
}

/// What became of an entry.
#[derive(Clone, PartialEq, Debug)]
pub struct Embedded {
    /// As what it was given out.
    pub place: Place,
    /// Its passages in their order; empty for an entry that says nothing.
    pub passages: Vec<Passage>,
    /// Whether the model would not take it: it waits no longer, until it is changed or somebody asks for all that were refused.
    pub is_refused: bool,
}

/// A passage of an entry.
#[derive(Clone, PartialEq, Debug)]
pub struct Passage {
    /// The SHA-256 of its text.
    pub digest: [u8; 32],
    /// Its vector, of length 1; `None` where the store has it, by what [`Waiting::known`] said.
    pub vector: Option<Vec<f32>>,
}

/// Which way a question points.
#[derive(Clone, PartialEq, Debug)]
pub struct Direction {
    /// By which model.
    pub model: Model,
    /// Of length 1.
    pub vector: Vec<f32>,
}

/// How far embedding has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Backlog {
    /// Entries that wait.
    pub n_waiting: u64,
    /// Entries that the model would not take.
    pub n_refused: u64,
}

/// Nobody else embeds this store's entries while it is held.
pub type Turn = Box<dyn Holding>;

/// Something that is held until it is dropped.
pub trait Holding: Send + Sync {
    /// Whether nobody else can have it yet: it may be lost with the connection on which it is held. May ask the database.
    fn is_held(&self) -> bool;
}

/// A store's vectors. Methods may be called from any thread, and block.
pub trait VectorStore: Send + Sync {
    /// Whether vectors can be compared here, so that questions may be answered by them: a database may lack what does that.
    fn can_compare(&self) -> Result<bool, Error> {
        Ok(true)
    }

    /// The turn to embed; `None` while another process has it. It ends with the process that holds it, however that ends.
    fn turn(&self) -> Result<Option<Turn>, Error>;

    /// A model by its name and dimension, made known where it is not.
    fn model(&self, model: &Model) -> Result<ModelId, Error>;

    /// The model whose vectors answer questions: the last one that had embedded everything, or until there is one, the first that was made known.
    fn serving(&self) -> Result<Option<Model>, Error>;

    /// Lets a model serve.
    fn serve(&self, model: ModelId) -> Result<(), Error>;

    /// Forgets some vectors of all other models: whether there are more to forget.
    fn forget_others(&self, model: ModelId) -> Result<bool, Error>;

    /// Entries that wait for vectors of this model, of one space or of any: those that were changed first, then those that another model has embedded; the newest first, without those with these
    /// numbers.
    fn waiting(
        &self,
        model: ModelId,
        space: Option<&str>,
        limit: usize,
        without: &[i64],
    ) -> Result<Vec<Waiting>, Error>;

    /// Puts vectors in the place of those that entries had of this model, in one durable transaction. One that was changed meanwhile is left waiting. Answers how many were taken.
    fn embed(&self, model: ModelId, embedded: Vec<Embedded>) -> Result<u64, Error>;

    /// How far a model has come, in one space or over all.
    fn backlog_of(&self, model: ModelId, space: Option<&str>) -> Result<Backlog, Error>;

    /// Lets all entries of a space wait again that a model would not take, or that wait for none though they should. Answers how many.
    fn retry(&self, space: &str) -> Result<u64, Error>;
}
