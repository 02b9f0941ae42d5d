//! The log as one caller may see and write it.
//!
//! This is the only way from a request to the service. The caller's space goes into every question here, so that no handler can forget it, and an event of another space is as
//! absent as one that never was.

use std::sync::Arc;

use annals::{
    Bucket, BucketWidth, Caller, Event, EventId, Filter, Page, PageRequest, Receipt, SessionPage, StoredEvent,
};

use crate::app::App;
use crate::failure::Failure;

/// A caller's view of the log. Cheap to clone; put into each request by `auth`.
#[derive(Clone)]
pub(crate) struct Trail {
    app: Arc<App>,
    caller: Arc<Caller>,
}

impl Trail {
    pub(crate) fn new(app: Arc<App>, caller: Arc<Caller>) -> Self {
        Self { app, caller }
    }

    /// What all requests share.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Who asks.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Accepts an event at once or not at all; see [`annals::Audit::accept`].
    pub(crate) fn accept(&self, event: Event) -> Result<Receipt, Failure> {
        Ok(self.app.audit.accept(event, &self.caller)?)
    }

    /// The same, giving the event back where it was not taken.
    pub(crate) fn try_accept(&self, event: Event) -> Result<Receipt, annals::Error> {
        self.app.audit.accept(event, &self.caller)
    }

    /// Says what [`Self::accept`] would find wrong with an event, and records nothing.
    pub(crate) fn check(&self, event: &Event) -> Result<(), Failure> {
        Ok(self.app.audit.check(event, &self.caller)?)
    }

    /// Waits until everything that was accepted by now is durable.
    pub(crate) async fn flush(&self) -> Result<(), annals::Error> {
        self.app.audit.flush_async().await
    }

    /// One page of the caller's events.
    pub(crate) async fn query(&self, filter: Filter, page: PageRequest) -> Result<Page, Failure> {
        self.ask(filter, move |audit, filter| audit.query(filter, &page)).await
    }

    /// One of the caller's events.
    pub(crate) async fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Failure> {
        let found = self.ask(Filter::new(), move |audit, _| audit.get(id)).await?;
        Ok(found.filter(|event| event.space == self.caller.space()))
    }

    /// How many of the caller's events fit.
    pub(crate) async fn count(&self, filter: Filter) -> Result<u64, Failure> {
        self.ask(filter, annals::Audit::count).await
    }

    /// One page of the caller's sessions.
    pub(crate) async fn sessions(&self, filter: Filter, page: PageRequest) -> Result<SessionPage, Failure> {
        self.ask(filter, move |audit, filter| audit.sessions(filter, &page)).await
    }

    /// The caller's events by time.
    pub(crate) async fn stats(&self, filter: Filter, width: BucketWidth) -> Result<Vec<Bucket>, Failure> {
        self.ask(filter, move |audit, filter| audit.stats(filter, width)).await
    }

    /// Asks with the caller's space in the filter, on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        mut filter: Filter,
        read: impl FnOnce(&annals::Audit, &Filter) -> Result<T, annals::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        filter.space = Some(self.caller.space().to_owned());
        let app = Arc::clone(&self.app);
        Ok(self.app.workers.run(move || read(&app.audit, &filter)).await??)
    }
}
