//! The service: entries of a caller's space, behind the audit service's two doors.
//!
//! A look is one snapshot, and its reading is recorded after the answer is made, without waiting. A change is one transaction with the events that tell
//! of it, so there is no change without its record. Whose space it is, and who is asking, is in the [`Context`]; nothing a caller says changes it.
//! All of it blocks; whoever serves many calls it from threads of its own. Nothing here knows which tool does what: see [`crate::tools`].

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use annals::{Audit, Caller, ErrorKind, Stop, Undone};
use annals_event::Event;
use annals_store::awareness::{Act, Action, Desk, Entry, EntryId, EntryType, Record, Shelf};
use serde_json::{Map, Value};

use crate::briefing::HeldBriefings;
use crate::embedding::{Embedding, Standing};
use crate::moment;
use crate::refusal::{Code, Refusal};
use crate::schema::Schemas;

/// The knowledge service. A clone is another handle on the same one.
#[derive(Clone)]
pub struct Awareness {
    audit: Audit,
    schemas: Arc<Schemas>,
    briefings: Arc<HeldBriefings>,
    embedding: Option<Arc<Embedding>>,
}

/// Who calls, and with what.
#[derive(Clone, Debug)]
pub struct Context {
    /// The authenticated caller, whose space it is.
    pub caller: Caller,
    /// The client's own name, with its version behind a slash where it is known.
    pub client: Option<String>,
    /// The request's W3C trace context.
    pub traceparent: Option<String>,
}

/// The events of one change, collected while it is made.
pub(crate) struct Told {
    space: String,
    tool: &'static str,
    client: Option<String>,
    traceparent: Option<String>,
    events: Vec<Event>,
}

/// Why a work stops: it was refused, or the store could not.
pub(crate) type Halt = Stop<Refusal>;

impl Awareness {
    /// The service over this log.
    pub fn new(audit: Audit) -> Self {
        Self { audit, schemas: Arc::default(), briefings: Arc::default(), embedding: None }
    }

    /// The same with vectors of entries and questions.
    pub fn with_embedding(self, embedding: Embedding) -> Self {
        Self { embedding: Some(Arc::new(embedding)), ..self }
    }

    /// What makes vectors, where anything does.
    pub fn embedding(&self) -> Option<&Arc<Embedding>> {
        self.embedding.as_ref()
    }

    /// Embeds entries on threads of its own until the embedding is [stopped](Embedding::stop). `opens` says whether they open the database, or wait until somebody has.
    pub fn embed(&self, opens: bool) -> std::io::Result<Vec<JoinHandle<()>>> {
        let Some(embedding) = &self.embedding else { return Ok(Vec::new()) };
        let begin = |_| {
            let (embedding, audit) = (Arc::clone(embedding), self.audit.clone());
            thread::Builder::new().name("annals-embed".to_owned()).spawn(move || embedding.work(&audit, opens))
        };
        (0..embedding.n_workers()).map(begin).collect()
    }

    /// How embedding stands over all spaces; `None` where nothing makes vectors.
    pub fn embedding_standing(&self) -> Option<Result<Standing, annals::Error>> {
        Some(self.embedding.as_ref()?.standing(&self.audit, None))
    }

    /// The log under it.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Schemas that were compiled.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// Briefings that may still hold.
    pub(crate) fn briefings(&self) -> &HeldBriefings {
        &self.briefings
    }

    /// One snapshot of the caller's space.
    pub(crate) fn look<T>(
        &self,
        context: &Context,
        look: impl FnMut(&mut dyn Shelf) -> Result<T, annals_store::Error>,
    ) -> Result<T, Refusal> {
        self.audit.look(&context.caller, look).map_err(|error| failed(&error))
    }

    /// One durable change of the caller's space. The work may be run more than once.
    pub(crate) fn change<T: Send + 'static>(
        &self,
        context: &Context,
        tool: &'static str,
        mut work: impl FnMut(&mut dyn Desk, &mut Told) -> Result<T, Halt> + Send + 'static,
    ) -> Result<T, Refusal> {
        let context_of_events = context.clone();
        let changed = self.audit.change(&context.caller, move |desk| {
            let mut told = Told {
                space: context_of_events.caller.space().to_owned(),
                tool,
                client: context_of_events.client.clone(),
                traceparent: context_of_events.traceparent.clone(),
                events: Vec::new(),
            };
            let answer = work(desk, &mut told)?;
            Ok((answer, told.events))
        });
        if let (Ok(_), Some(embedding)) = (&changed, &self.embedding) {
            embedding.nudge();
        }
        changed.map_err(|undone| match undone {
            Undone::Refused(refusal) => refusal,
            Undone::Failed(error) => failed(&error),
        })
    }

    /// Waits until what was read before is in the database, so that whoever asks who read is told of their own reading. Where it can't get there now, the answer is of what is there.
    pub(crate) fn settle_readings(&self) {
        let _ = self.audit.flush();
    }

    /// Puts on record that these entries were in an answer to this question. It waits for nothing; what can't be accepted is the log's own trouble, and is
    /// declared there.
    pub(crate) fn record_reading(
        &self,
        context: &Context,
        tool: &'static str,
        question: &Map<String, Value>,
        entries: &[EntryId],
    ) -> Result<(), Refusal> {
        let mut details = question.clone();
        // Events hold no NUL, and what was asked is told as near as may be.
        details.values_mut().for_each(without_nul);
        // The event names the client with its version; who asks which client read something asks for its name.
        if let Some((name, _)) = context.client.as_deref().and_then(|client| client.rsplit_once('/')) {
            details.insert("platform".to_owned(), name.into());
        }
        for event in Record::reading(tool, context.client.as_deref(), &details, entries) {
            let event = traced(event, context.traceparent.as_deref());
            self.audit.accept(event, &context.caller).map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

impl Context {
    /// The client's own name, without its version.
    pub(crate) fn platform(&self) -> Option<&str> {
        let client = self.client.as_deref().filter(|client| !client.is_empty())?;
        Some(client.rsplit_once('/').map_or(client, |(name, _)| name))
    }

    /// A new entry of this caller.
    pub(crate) fn entry(
        &self,
        entry_type: EntryType,
        source: &str,
        now: annals_event::Timestamp,
    ) -> Result<Entry, Refusal> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| unavailable().with_log(format!("no random bits for an id: {error}")))?;
        let mut entry = Entry::new(EntryId::v4(random), entry_type, source, moment::kept(now));
        self.caller.credential().clone_into(&mut entry.credential);
        Ok(entry)
    }
}

impl Told {
    /// Tells that the entry stands as it is now.
    pub(crate) fn change(&mut self, action: Action, entry: &Entry) {
        let event = Record::change(&self.space, action, entry, self.tool);
        let event = match self.client.as_deref().filter(|client| !client.is_empty()) {
            Some(client) => event.client(client),
            None => event,
        };
        self.events.push(traced(event, self.traceparent.as_deref()));
    }

    /// Tells that somebody acted on an entry.
    pub(crate) fn act(&mut self, act: &Act<'_>) {
        let event = Record::acted(self.tool, act);
        let event = match self.client.as_deref().filter(|client| !client.is_empty()) {
            Some(client) => event.client(client),
            None => event,
        };
        self.events.push(traced(event, self.traceparent.as_deref()));
    }
}

fn traced(event: Event, traceparent: Option<&str>) -> Event {
    match traceparent {
        Some(traceparent) => event.traceparent(traceparent),
        None => event,
    }
}

/// What the service could not do. The client is told no more than whether to try again.
pub(crate) fn failed(error: &annals::Error) -> Refusal {
    match error.kind() {
        ErrorKind::Conflict => Refusal::new(Code::Conflict, "another entry has this key or name"),
        ErrorKind::StorageFull => Refusal::new(
            Code::Unavailable,
            "the server's disk is full, so nothing can be changed (hint: whoever runs it must make room)",
        )
        .with_log(error.to_string()),
        ErrorKind::UnknownOutcome => {
            unavailable().with("outcome", "unknown").with_log(format!("a change's outcome is unknown: {error}"))
        }
        // What the database takes of nobody; its words name a field and repeat nothing of it.
        ErrorKind::Rejected => Refusal::new(Code::InvalidParameter, error.to_string()),
        _ => unavailable().with_log(error.to_string()),
    }
}

fn unavailable() -> Refusal {
    Refusal::new(Code::Unavailable, "the store can't be reached right now (hint: try again in a moment)")
}

/// Shows each NUL as the sign for one that can't be shown.
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(members) => members.values_mut().for_each(without_nul),
        _ => {}
    }
}
