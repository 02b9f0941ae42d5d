//! Vectors of entries and questions over a real database, from a provider that the test holds, breaks and counts.

mod backfilled;
mod down;
mod fake;
mod found;
mod models;
mod moved;
mod opinions;
mod refused;
mod turns;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use annals::Audit;
use annals_awareness::{Awareness, Embedding, Pace};
use annals_embed::{Embedder, Reranker};
use annals_testkit::{PATIENCE, in_time, until};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::fake::Fake;
use crate::desk::Desk;

/// A search waits for as long as this machine needs, and a provider that failed is asked again at once.
fn pace() -> Pace {
    Pace { patience: PATIENCE, first_pause: Duration::from_millis(10), ..Pace::default() }
}

/// A service that embeds by a provider of the test's own.
struct Bench {
    desk: Desk,
    fake: Arc<Fake>,
    workers: Vec<JoinHandle<()>>,
    data: PathBuf,
    // Last, so that the log closes first.
    folder_of_its_own: Option<TempDir>,
}

impl Bench {
    /// A service in a folder of its own, without anybody who embeds yet.
    fn new(fake: &Arc<Fake>) -> Self {
        Self::alone(fake, None, pace())
    }

    /// The same with workers.
    fn started(fake: &Arc<Fake>) -> Self {
        Self::new(fake).start()
    }

    /// A service in a folder of its own.
    fn alone(fake: &Arc<Fake>, reranker: Option<Arc<dyn Reranker>>, pace: Pace) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bench = Self::on(folder.path(), fake, reranker, pace);
        bench.folder_of_its_own = Some(folder);
        bench
    }

    /// A service over this folder.
    fn on(data: &Path, fake: &Arc<Fake>, reranker: Option<Arc<dyn Reranker>>, pace: Pace) -> Self {
        let mut bench = Self::over(Audit::open(data).expect("a log opens"), fake, reranker, pace);
        data.clone_into(&mut bench.data);
        bench
    }

    /// A service over this log.
    fn over(audit: Audit, fake: &Arc<Fake>, reranker: Option<Arc<dyn Reranker>>, pace: Pace) -> Self {
        let embedder: Arc<dyn Embedder> = Arc::<Fake>::clone(fake);
        let service = Awareness::new(audit).with_embedding(Embedding::new(embedder, reranker, pace));
        let desk = Desk::of(service);
        Self { desk, fake: Arc::clone(fake), workers: Vec::new(), data: PathBuf::new(), folder_of_its_own: None }
    }

    fn start(mut self) -> Self {
        self.workers = self.desk.service.embed(true).expect("threads");
        self
    }

    /// Keeps a note, and answers its id.
    fn note(&self, description: impl Into<String>) -> Value {
        self.desk.done("remember", json!({ "source": "s", "tags": [], "description": description.into() }))["id"].take()
    }

    fn search(&self, query: &str) -> Value {
        self.desk.done("search", json!({ "query": query }))
    }

    /// How embedding stands.
    fn standing(&self) -> Value {
        self.desk.done("get_stats", json!({}))["embeddings"].take()
    }

    /// Waits until no entry waits for a vector.
    #[track_caller]
    fn drain(&self) {
        until("no entry waits", PATIENCE, || self.standing()["pending"] == 0);
    }

    /// Lets a question be asked until it is answered by vectors.
    #[track_caller]
    fn search_by_vectors(&self, query: &str) -> Value {
        let mut page = Value::Null;
        until("a search by vectors", PATIENCE, || {
            page = self.search(query);
            is_by_vectors(&page)
        });
        page
    }

    /// The vectors that are kept.
    fn kept(&self) -> Vec<Kept> {
        kept(&self.data)
    }

    /// Ends the workers, whatever they are at.
    fn stop(&mut self) {
        self.desk.service.embedding().expect("a bench embeds").stop();
        self.fake.release();
        let workers = std::mem::take(&mut self.workers);
        in_time("workers end", move || workers.into_iter().for_each(|worker| worker.join().expect("no worker panics")));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // A test that fails has its own words already.
        if !std::thread::panicking() {
            self.stop();
        }
        let _ = self.desk.service.audit().close();
    }
}

/// A vector as the database has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Kept {
    entry: String,
    model: String,
    nth: i64,
    vector: Vec<u8>,
}

/// All vectors of a data directory, those whose entry is gone included.
fn kept(data: &Path) -> Vec<Kept> {
    let database =
        Connection::open_with_flags(data.join("annals.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it is there");
    let mut statement = database
        .prepare(
            "SELECT coalesce(e.data ->> 'description', ''), m.name, v.nth, v.vector
            FROM entry_vector AS v JOIN embedding_model AS m USING (model) LEFT JOIN entry AS e ON e.n = v.n
            ORDER BY v.n, m.model, v.nth",
        )
        .expect("the tables are known");
    let kept = statement.query_map([], |row| {
        Ok(Kept { entry: row.get(0)?, model: row.get(1)?, nth: row.get(2)?, vector: row.get(3)? })
    });
    kept.expect("rows").collect::<Result<_, _>>().expect("rows")
}

fn is_by_vectors(page: &Value) -> bool {
    page["lanes"] == json!(["text", "vector"])
}

/// The ids of a page, in their order.
fn ids(page: &Value) -> Vec<Value> {
    page["entries"].as_array().expect("a page").iter().map(|entry| entry["id"].clone()).collect()
}
