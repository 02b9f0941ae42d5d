//! The log as one caller may see and write it.
//!
//! This is the only way from a request to the service. The caller's space goes into every question here, so that no handler can forget it, and an event of another space is as
//! absent as one that never was.

use std::sync::Arc;

use annals::proof::EventProof;
use annals::{
    Audit, Bucket, BucketWidth, Caller, ErrorKind, Event, EventId, Evidence, Filter, Forwarded, Health, LeafGroup,
    LogFile, LogFileKind, Page, PageRequest, Receipt, Reception, SessionPage, StoredEvent, Value, Waiting,
};

use annals_awareness::{Awareness, Context};

use crate::app::App;
use crate::auth::Pass;
use crate::failure::{Code, Failure};
use crate::reading::Reading;
use crate::trace::TraceContext;

/// How long a question for one event waits for what was accepted before it.
const READ_OWN: std::time::Duration = std::time::Duration::from_secs(1);

/// A caller's view of the log. Cheap to clone; put into each request by `auth`.
#[derive(Clone)]
pub(crate) struct Trail {
    app: Arc<App>,
    caller: Arc<Caller>,
    context: TraceContext,
    /// What the request showed to be let in.
    pass: Pass,
    /// What this request reads, for the record of it.
    reading: Option<Arc<Reading>>,
}

impl Trail {
    pub(crate) fn new(app: Arc<App>, caller: Arc<Caller>) -> Self {
        Self { app, caller, context: TraceContext::default(), pass: Pass::Open, reading: None }
    }

    /// The same for one request, whose trace its events belong to.
    pub(crate) fn within(self, context: TraceContext) -> Self {
        Self { context, ..self }
    }

    /// The same for a request that was let in by this.
    pub(crate) fn under(self, pass: Pass) -> Self {
        Self { pass, ..self }
    }

    /// Refuses to go on where the credential that the request began with would be refused by now. For whatever lasts.
    pub(crate) fn is_still_known(&self) -> Result<(), Failure> {
        self.app.config.access.still_knows(&self.caller, &self.pass)
    }

    /// The same for one operation, whose reads are recorded as one event when it is over.
    pub(crate) fn asking(&self, operation: &str, question: Value) -> Self {
        let (app, caller) = (Arc::clone(&self.app), Arc::clone(&self.caller));
        let reading = Reading::new(app, caller, self.context.clone(), operation, question);
        Self { reading: Some(Arc::new(reading)), ..self.clone() }
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
        Ok(self.try_accept(event)?)
    }

    /// The same, giving the event back where it was not taken.
    pub(crate) fn try_accept(&self, event: Event) -> Result<Receipt, annals::Error> {
        self.app.metrics.took(self.app.audit.accept(self.context.onto(event), &self.caller))
    }

    /// Records events once, however often they come under this key; see [`annals::Audit::accept_once`]. The receipts are durable.
    pub(crate) async fn accept_once(
        &self,
        events: impl AsRef<[Event]> + Send + 'static,
        key: String,
    ) -> Result<Vec<Receipt>, Failure> {
        let (app, caller) = (Arc::clone(&self.app), Arc::clone(&self.caller));
        Ok(self.app.workers.run(move || app.audit.accept_once(events.as_ref(), &key, &caller)).await??)
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
        let mut found = self.ask(filter, move |audit, filter| audit.query(filter, &page)).await?;
        if let Some(reading) = &self.reading {
            found.events.retain(|event| reading.may_show(event));
        }
        self.showed(&found.events);
        Ok(found)
    }

    /// One of the caller's events. One that was accepted a moment ago is waited for, but not for long.
    pub(crate) async fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Failure> {
        let mut found = self.ask(Filter::new(), move |audit, _| audit.get(id)).await?;
        if found.is_none() && matches!(tokio::time::timeout(READ_OWN, self.flush()).await, Ok(Ok(()))) {
            found = self.ask(Filter::new(), move |audit, _| audit.get(id)).await?;
        }
        let found = found.filter(|event| event.space == self.caller.space());
        self.showed(found.as_slice());
        Ok(found)
    }

    /// One page of the caller's sessions.
    pub(crate) async fn sessions(&self, filter: Filter, page: PageRequest) -> Result<SessionPage, Failure> {
        let found = self.ask(filter, move |audit, filter| audit.sessions(filter, &page)).await?;
        self.showed(&[]);
        Ok(found)
    }

    /// The caller's events by time.
    pub(crate) async fn stats(&self, filter: Filter, width: BucketWidth) -> Result<Vec<Bucket>, Failure> {
        let found = self.ask(filter, move |audit, filter| audit.stats(filter, width)).await?;
        self.showed(&[]);
        Ok(found)
    }

    /// The proof that the log holds one of the caller's events, showing these groups of it; `None` where the caller has no such event.
    pub(crate) async fn prove(&self, id: EventId, disclose: Vec<LeafGroup>) -> Result<Option<EventProof>, Failure> {
        if self.get(id).await?.is_none() {
            return Ok(None);
        }
        let app = Arc::clone(&self.app);
        let proof = self.app.workers.run(move || app.audit.prove(id, &disclose)).await?;
        proof.map(Some).map_err(|error| match error.kind() {
            ErrorKind::Invalid => {
                Failure::new(Code::Conflict, "a group that should be shown was erased from this event")
                    .at("disclose")
                    .with_log(error.to_string())
            }
            ErrorKind::NotFound | ErrorKind::NoKey => {
                Failure::new(Code::NotYet, "the event is not sealed yet").with_log(error.to_string())
            }
            ErrorKind::Corrupt => Failure::new(Code::Internal, "the log does not hold what its checkpoint says")
                .with_log(error.to_string()),
            _ => error.into(),
        })
    }

    /// A file of the log's tree, which is one for all spaces and holds no content; see [`annals::Audit::log_file`].
    /// A file of the log's tree, which is one for all spaces. Entries say in clear of which space and type an event is, so they are shown to those alone whose events all of them are.
    pub(crate) async fn log_file(&self, path: String) -> Result<Option<LogFile>, Failure> {
        let app = Arc::clone(&self.app);
        let found = self.app.workers.run(move || app.audit.log_file(&path)).await??;
        if let Some(LogFile { kind: LogFileKind::Entries(seqs), .. }) = &found {
            let filter = Filter::new().seqs(*seqs);
            if self.ask(filter, Audit::count).await? < seqs.end - seqs.start {
                return Err(Failure::new(Code::Forbidden, "some of these entries are of other spaces")
                    .with_hint("`/v1/events/ID/proof` proves an event of yours"));
            }
        }
        Ok(found)
    }

    /// Takes what another Annals sends, once that was read, on a thread that may wait for the database; see [`annals::Audit::receive`].
    pub(crate) async fn receive(
        &self,
        held: impl Send + 'static,
        read: impl FnOnce() -> Result<Forwarded, Failure> + Send + 'static,
    ) -> Result<Reception, Failure> {
        let (app, caller) = (Arc::clone(&self.app), self.caller.clone());
        let run = move || {
            let _held = held;
            Ok(app.audit.receive(&read()?, &caller)?)
        };
        self.app.workers.run(run).await?
    }

    /// How many events the log has, of all spaces: the number of the next.
    pub(crate) async fn n_events(&self) -> Result<u64, Failure> {
        self.of_log(|audit| audit.head().map(|head| head.n_events)).await
    }

    /// Asks the knowledge service as this caller, on a thread that may wait. It records what it does itself.
    pub(crate) async fn know<T: Send + 'static>(
        &self,
        client: Option<String>,
        traceparent: Option<String>,
        work: impl FnOnce(&Awareness, &Context) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (app, caller) = (Arc::clone(&self.app), self.caller().clone());
        let context = Context { caller, client, traceparent };
        self.app.workers.run(move || work(&app.awareness, &context)).await
    }

    /// How many events the log has, of all spaces.
    pub(crate) async fn end_of_log(&self) -> Result<u64, Failure> {
        self.of_log(|audit| audit.head().map(|head| head.n_events)).await
    }

    /// How the log is.
    pub(crate) async fn health(&self) -> Result<Health, Failure> {
        let app = Arc::clone(&self.app);
        self.app.workers.run(move || app.audit.health()).await
    }

    /// How the log's evidence stands, which is one for all spaces; `None` where there is none.
    pub(crate) async fn evidence(&self) -> Result<Option<Evidence>, Failure> {
        self.of_log(Audit::evidence).await
    }

    /// The journals that wait for this log.
    pub(crate) async fn waiting(&self) -> Result<Vec<Waiting>, Failure> {
        self.of_log(Audit::waiting).await
    }

    /// How many events of all spaces were put aside.
    pub(crate) async fn n_dead_letters(&self) -> Result<u64, Failure> {
        self.of_log(Audit::n_dead_letters).await
    }

    /// How many events of all spaces are of this type, by which the log speaks of itself.
    pub(crate) async fn count_of_log(&self, event_type: &'static str) -> Result<u64, Failure> {
        self.of_log(move |audit| audit.count(&Filter::new().event_type(event_type))).await
    }

    /// Asks for what is true of the log as a whole, and holds no event of anybody.
    async fn of_log<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Audit) -> Result<T, annals::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let app = Arc::clone(&self.app);
        Ok(self.app.workers.run(move || read(&app.audit)).await??)
    }

    /// What this log's CloudEvents are from.
    pub(crate) async fn source(&self) -> Result<String, Failure> {
        let app = Arc::clone(&self.app);
        Ok(self.app.workers.run(move || app.audit.cloudevents_source()).await??)
    }

    /// Keeps in mind what was read, for the record of it.
    fn showed(&self, events: &[StoredEvent]) {
        if let Some(reading) = &self.reading {
            reading.showed(events);
        }
    }

    /// Asks with the caller's space in the filter, on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        mut filter: Filter,
        read: impl FnOnce(&annals::Audit, &Filter) -> Result<T, annals::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        filter.space = Some(self.caller.space().to_owned());
        let app = Arc::clone(&self.app);
        self.is_still_known()?;
        Ok(self.app.workers.run(move || read(&app.audit, &filter)).await??)
    }
}
