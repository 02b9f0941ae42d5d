//! Schemas and records: what is a schema, and what satisfies one.
//!
//! Draft 2020-12, whatever a schema says of itself; `format` is not asserted and nothing is ever fetched. All errors are found, and the first
//! [`MAX_ERRORS`] by their place in the content are answered, the rest counted.
//!
//! A schema is a program that a stranger brings. What it may cost is reckoned before it is run (`bounds`): a schema that refers to itself without going
//! on, or content on which it would take too long, is refused. Patterns run in linear time where they can, and with few steps of backtracking where they
//! look around. All of it runs on a thread with room for the deepest schema that is let through.
//! It does not know where schemas are kept; those that were compiled are kept here, the last used ones.

mod bounds;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::refusal::{Code, Refusal};

/// So many errors are answered.
pub const MAX_ERRORS: usize = 50;

/// So many compiled schemas are kept.
const KEPT: usize = 32;

/// How large one compiled pattern may be, in bytes.
const PATTERN_BYTES: usize = 256 * 1024;

/// How often one look-around may try again.
const BACKTRACKS: usize = 5_000;

/// The stack of a thread that runs a schema: frames of [`bounds::MAX_HEIGHT`] steps, unoptimised.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Longer messages are cut: they repeat the content.
const MESSAGE_CHARS: usize = 300;

/// Compiled schemas.
#[derive(Debug, Default)]
pub struct Schemas {
    /// The last used last. Held for a look or a push, never while a schema is compiled or run.
    kept: Mutex<VecDeque<([u8; 32], Arc<Compiled>)>>,
}

/// A schema that can be run.
#[derive(Debug)]
struct Compiled {
    validator: Validator,
    /// Whether its patterns look around, which costs more.
    looks_around: bool,
}

/// Whether this is a schema that can be registered.
///
/// Errors: `invalid_schema`, with what is wrong and where.
pub fn check(schema: &Value) -> Result<(), Refusal> {
    bounds::small(schema).map_err(unfit)?;
    roomy(|| {
        let meta = jsonschema::draft202012::meta::validate(schema);
        if let Err(error) = meta {
            let place = path(error.instance_path());
            let refusal = unfit(message(&error)).with("schema_error_path", place);
            return Err(refusal.with("validator", error.kind().keyword()));
        }
        bounds::Graph::of(schema).cost(schema, bounds::DEPTH_ASSUMED).map_err(unfit)?;
        compile(schema).map(|_| ())
    })?
}

impl Schemas {
    /// Whether content satisfies a schema that was registered under this family and version.
    ///
    /// Errors: `validation_failed` with all errors, or `validation_error` where it can't be told within bounds.
    pub fn validate(&self, schema: &Value, content: &Value, family: &str, version: &str) -> Result<(), Refusal> {
        let named = |refusal: Refusal| refusal.with("schema_ref", family).with("schema_version", version);
        let answer = roomy(|| {
            let compiled = self.compiled(schema)?;
            let (n_values, depth) = bounds::size(content);
            let cost = bounds::Graph::of(schema).cost(schema, depth).map_err(too_much)?;
            let budget = if compiled.looks_around { bounds::BUDGET_LOOKING_AROUND } else { bounds::BUDGET };
            if cost.saturating_mul(n_values) > budget {
                return Err(too_much("the content is too large for this schema"));
            }
            errors(&compiled.validator, content)
        });
        answer.and_then(|answer| answer).map_err(named)
    }

    fn compiled(&self, schema: &Value) -> Result<Arc<Compiled>, Refusal> {
        let digest: [u8; 32] = Sha256::digest(schema.to_string().as_bytes()).into();
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = kept.iter().position(|(known, _)| *known == digest)
                && let Some(found) = kept.remove(place)
            {
                let compiled = Arc::clone(&found.1);
                kept.push_back(found);
                return Ok(compiled);
            }
        }
        bounds::small(schema).map_err(too_much)?;
        let compiled = Arc::new(compile(schema)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((digest, Arc::clone(&compiled)));
        Ok(compiled)
    }
}

/// The schema as a program. Patterns are tried in linear time first.
fn compile(schema: &Value) -> Result<Compiled, Refusal> {
    let options = || jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(false).offline();
    let linear = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
    if let Ok(validator) = options().with_pattern_options(linear).build(schema) {
        return Ok(Compiled { validator, looks_around: false });
    }
    let looking = PatternOptions::fancy_regex()
        .backtrack_limit(BACKTRACKS)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES);
    match options().with_pattern_options(looking).build(schema) {
        Ok(validator) => Ok(Compiled { validator, looks_around: true }),
        Err(error) => Err(unfit(message(&error))),
    }
}

/// One error, at its place in the content.
type Found<'a> = (Vec<Step>, usize, ValidationError<'a>);

/// Part of a place, so that `[2]` stands before `[10]`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Index(usize),
    Name(String),
}

/// All errors of the content, the first by their place in full and the rest counted.
fn errors(validator: &Validator, content: &Value) -> Result<(), Refusal> {
    let mut first: Vec<Found<'_>> = Vec::new();
    let mut n_errors = 0_usize;
    for error in validator.iter_errors(content) {
        let place = error.instance_path().iter().map(step).collect();
        first.push((place, n_errors, error));
        n_errors += 1;
        // No more than twice what is answered is ever held.
        if first.len() >= 2 * MAX_ERRORS {
            keep_first(&mut first);
        }
    }
    if n_errors == 0 {
        return Ok(());
    }
    keep_first(&mut first);
    let shown: Vec<Value> = first.iter().map(|(_, _, error)| shown(error)).collect();
    let plural = if n_errors == 1 { "" } else { "s" };
    let text = format!("the content does not satisfy its schema: {n_errors} error{plural}");
    let refusal = Refusal::new(Code::ValidationFailed, text).with("validation_errors", shown);
    Err(if n_errors > MAX_ERRORS { refusal.with("truncated", true).with("total_errors", n_errors) } else { refusal })
}

fn keep_first(found: &mut Vec<Found<'_>>) {
    found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    found.truncate(MAX_ERRORS);
}

fn step(segment: LocationSegment<'_>) -> Step {
    match segment {
        LocationSegment::Index(index) => Step::Index(index),
        LocationSegment::Property(name) => Step::Name(name.into_owned()),
    }
}

fn shown(error: &ValidationError<'_>) -> Value {
    json!({
        "path": path(error.instance_path()),
        "message": message(error),
        "validator": error.kind().keyword(),
        "schema_path": error.schema_path().as_str(),
    })
}

/// A place as `$.a[0]`.
fn path(place: &Location) -> String {
    let mut out = String::from("$");
    for segment in place {
        match segment {
            LocationSegment::Index(index) => out = format!("{out}[{index}]"),
            LocationSegment::Property(name) => {
                out.push('.');
                out.push_str(&name);
            }
        }
    }
    out
}

fn message(error: &ValidationError<'_>) -> String {
    let text = error.to_string();
    match text.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn unfit(why: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidSchema, why).at("schema")
}

fn too_much(why: impl Into<String>) -> Refusal {
    Refusal::new(Code::ValidationError, why)
}

/// Runs on a thread of its own, whose stack is large enough for what the bounds let through. A panic in there is an error of this call alone.
fn roomy<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Refusal> {
    let failed = || Refusal::new(Code::ValidationError, "the schema could not be run");
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("annals-schema".to_owned()).stack_size(STACK_BYTES);
        let handle = builder.spawn_scoped(scope, work).map_err(|error| failed().with_log(error.to_string()))?;
        handle.join().map_err(|_| failed().with_log("a schema's thread panicked"))
    })
}

/// A record's data without its content, for callers that make one.
pub fn record_data(
    family: &str,
    version: &str,
    content: Value,
    description: &str,
    learned_from: &str,
) -> Map<String, Value> {
    let members = [
        ("schema_ref", family.into()),
        ("schema_version", version.into()),
        ("content", content),
        ("description", description.into()),
        ("learned_from", learned_from.into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests;
