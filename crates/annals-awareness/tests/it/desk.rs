//! A service in a folder of its own, over either database, and callers of it.

use std::sync::Arc;

use annals::{Audit, Caller, Filter, PageRequest, Settings};
use annals_awareness::tools::{self, Answer};
use annals_awareness::{Awareness, Context, Refusal};
use annals_store::EventStore;
use annals_testkit::postgres::Database;
use serde_json::Value;
use tempfile::TempDir;

/// A service that is gone after the test.
pub(crate) struct Desk {
    pub(crate) service: Awareness,
    // Last, so that the log closes first.
    _database: Option<Database>,
    _folder: Option<TempDir>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let audit = Audit::open(folder.path()).expect("a log opens in an empty folder");
        Self { service: Awareness::new(audit), _database: None, _folder: Some(folder) }
    }

    /// The same over PostgreSQL.
    pub(crate) fn in_postgres() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::with_vectors();
        let settings = Settings::new(folder.path()).database_url(database.url());
        let audit = Audit::with_settings(&settings).expect("a log opens in an empty database");
        Self { service: Awareness::new(audit), _database: Some(database), _folder: Some(folder) }
    }

    /// The same over a store of the caller's.
    pub(crate) fn over(store: Arc<dyn EventStore>) -> Self {
        let audit = Audit::with_store(store).expect("a log over a store");
        Self { service: Awareness::new(audit), _database: None, _folder: None }
    }

    /// A desk of this service, whose folder is the caller's.
    pub(crate) fn of(service: Awareness) -> Self {
        Self { service, _database: None, _folder: None }
    }

    /// What alice of the space `team` is answered.
    pub(crate) fn call(&self, tool: &str, arguments: Value) -> Result<Value, Refusal> {
        self.answer("team", "alice", tool, arguments).map(|answer| answer.value)
    }

    /// What she is answered when nothing is wrong.
    #[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
    pub(crate) fn done(&self, tool: &str, arguments: Value) -> Value {
        self.call(tool, arguments.clone()).unwrap_or_else(|refusal| panic!("{tool} {arguments}: {refusal:?}"))
    }

    /// What she is refused with.
    #[expect(clippy::needless_pass_by_value, reason = "the rows of a table own what they give")]
    pub(crate) fn refused(&self, tool: &str, arguments: Value) -> Value {
        let refusal =
            self.call(tool, arguments.clone()).err().unwrap_or_else(|| panic!("{tool} {arguments} was not refused"));
        refusal.to_json()["error"].take()
    }

    pub(crate) fn answer(
        &self,
        space: &str,
        credential: &str,
        tool: &str,
        arguments: Value,
    ) -> Result<Answer, Refusal> {
        let Value::Object(members) = arguments else { panic!("arguments are an object") };
        tools::call(tool, &self.service, &context(space, credential), members)
    }

    /// How many events of a type there are, and the credentials behind them.
    pub(crate) fn events(&self, event_type: &str) -> Vec<annals::StoredEvent> {
        self.service.audit().flush().expect("what was accepted becomes durable");
        let filter = Filter::default().event_type(event_type);
        self.service.audit().query(&filter, &PageRequest::default()).expect("a page").events
    }
}

pub(crate) fn context(space: &str, credential: &str) -> Context {
    let caller = Caller::new(space, credential).expect("names");
    Context { caller, client: Some("test-client".to_owned()), traceparent: None }
}
