//! Holding content against the schema that a record is pinned to.
//!
//! A schema may take a while to run, and a change keeps all other writers waiting; so the content is held against it before the change, which then only looks whether
//! the schema is still the one. A registered schema never changes, so that is a question of its id.
//! A schema of the caller's own space comes first, then one of the space [`SYSTEM`], which all share for this and nothing else.

use annals::Caller;
use annals_store::awareness::{Desk, Entry, EntryId, Name};
use serde_json::Value;

use crate::awareness::{Awareness, Context, Halt};
use crate::refusal::{Code, Refusal};

/// The space whose schemas everybody may use.
pub(super) const SYSTEM: &str = "_system";

/// How often content is held against a schema that is replaced meanwhile.
const MOST_TRIES: usize = 5;

/// A schema that content was held against: one of the caller's space by its id, or one of [`SYSTEM`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Held(Option<EntryId>);

/// Whether content satisfies the schema of this family and version.
///
/// Errors: `schema_not_found`, `validation_failed`, `validation_error`.
pub(super) fn hold(
    service: &Awareness,
    context: &Context,
    (family, version): (&str, &str),
    body: &Value,
) -> Result<Held, Refusal> {
    hold_beside(service, context, (family, version), body, |_| None)
}

/// The same, where a schema of the caller's space that is not there yet may be among those that come with the content.
pub(super) fn hold_beside(
    service: &Awareness,
    context: &Context,
    (family, version): (&str, &str),
    body: &Value,
    coming: impl FnOnce(&Name) -> Option<Entry>,
) -> Result<Held, Refusal> {
    let name = Name::schema(family, version);
    let own = service.look(context, |shelf| shelf.named(&name))?.or_else(|| coming(&name));
    let (held, found) = match own {
        Some(own) => (Held(Some(own.id)), Some(own)),
        None => (Held(None), of_system(service, context, &name)?),
    };
    let schema = found.as_ref().and_then(|entry| entry.data.get("schema"));
    let Some(schema) = schema else {
        let message = format!("no schema `{family}:{version}` (hint: `register_schema` makes it)");
        return Err(Refusal::new(Code::SchemaNotFound, message)
            .at("schema_ref")
            .with("schema_ref", family)
            .with("schema_version", version)
            .with("searched_owners", vec![context.caller.space(), SYSTEM]));
    };
    service.schemas().validate(schema, body, family, version)?;
    Ok(held)
}

fn of_system(service: &Awareness, context: &Context, name: &Name) -> Result<Option<Entry>, Refusal> {
    let caller = Caller::new(SYSTEM, context.caller.credential())
        .map_err(|error| Refusal::new(Code::Unavailable, "shared schemas can't be read").with_log(error.to_string()))?;
    service.look(&Context { caller, ..context.clone() }, |shelf| shelf.named(name))
}

impl Held {
    /// Whether the schema is still the one, and stays it until the change is over.
    pub(super) fn is_current(self, desk: &mut dyn Desk, family: &str, version: &str) -> Result<bool, Halt> {
        let now = desk.now();
        let found = desk.named_for_change(&Name::schema(family, version))?.filter(|entry| entry.is_live(now));
        Ok(found.map(|entry| entry.id) == self.0)
    }
}

/// The family and version of a record's schema.
pub(super) type Pin = (String, String);

pub(super) fn pin_of(record: &Entry) -> Pin {
    let text = |field| record.text(field).unwrap_or_default().to_owned();
    (text("schema_ref"), text("schema_version"))
}

/// Tries again as long as the answer is `null`, because a schema was replaced between the holding and the change.
pub(super) fn settled(mut attempt: impl FnMut() -> Result<Value, Refusal>) -> Result<Value, Refusal> {
    for _ in 0..MOST_TRIES {
        let done = attempt()?;
        if !done.is_null() {
            return Ok(done);
        }
    }
    Err(Refusal::new(
        Code::Unavailable,
        "the schema or the record is changed by others again and again (hint: try again)",
    ))
}
