//! Several `annals serve` that share one log: each with a data directory of its own where the log is in PostgreSQL, all with the log's one key.

mod failover;
mod killed;
mod load;
mod lost;
mod once;
mod reasons;
mod told;

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use annals_testkit::postgres::Database;

use crate::bed::Bed;
use crate::serve::running::Running;

/// What each node has for itself.
struct Nodes {
    beds: Vec<Bed>,
    /// Goes last.
    database: Database,
}

impl Nodes {
    /// So many that share a database of PostgreSQL.
    fn sharing(n_nodes: usize) -> Self {
        let database = Database::with_vectors();
        Self { beds: beds_at(&vec![database.url(); n_nodes]), database }
    }

    fn database(&self) -> &Database {
        &self.database
    }

    /// Starts each, with these variables.
    fn start(&self, variables: &[(&str, &str)]) -> Vec<Running> {
        self.beds.iter().map(|bed| Running::start(bed, "127.0.0.1:0", &[], variables)).collect()
    }
}

/// Data directories for nodes that reach one log at these addresses. It is made, and its key is in each of them.
fn beds_at(urls: &[&str]) -> Vec<Bed> {
    let beds: Vec<Bed> = urls.iter().map(|url| Bed::at(url)).collect();
    let [first, others @ ..] = &beds[..] else { return beds };
    first.good(&["record", "--type", "tool.invoked", "--tool", "first", "--wait", "durable"]);
    first.good(&["checkpoint"]);
    let key = std::fs::read(first.data().join("log.key")).unwrap();
    for other in others {
        std::fs::DirBuilder::new().mode(0o700).create(other.data()).unwrap();
        let path = other.data().join("log.key");
        let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path).unwrap();
        std::io::Write::write_all(&mut file, &key).unwrap();
    }
    beds
}
