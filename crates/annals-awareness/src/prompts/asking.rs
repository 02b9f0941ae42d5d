//! The prompts of a caller's space: which there are, and the text of one.
//!
//! Each is asked for in one look, and its reading is recorded as a tool's is. A prompt that somebody wrote is there as soon as its entry is, and only in its own space.

use annals_event::Timestamp;
use annals_store::awareness::{By, Choice, Entry, EntryId, EntryType, Name, Shelf, Wish};
use serde_json::{Map, Value};

use super::{CUSTOM, Custom, INSTRUCTION, agent_instructions, catchup, project_context, system_status, write_guide};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::refusal::{Code, Refusal};
use crate::tools::KNOWLEDGE;

/// By which names the log tells that prompts were listed, and that one was read.
const LISTING: &str = "prompts/list";
const READING: &str = "prompts/get";

/// How far back `catchup` looks where nobody says, in hours.
const HOURS: i64 = 24;

const NANOS_AN_HOUR: i64 = 3_600_000_000_000;

/// A prompt as clients list it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it takes.
    pub arguments: Vec<PromptArgument>,
}

/// A prompt's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Composed {
    /// What it is for.
    pub description: String,
    /// The text.
    pub text: String,
}

/// An argument of a prompt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PromptArgument {
    /// Its name.
    pub name: String,
    /// Whether it must be given.
    pub is_needed: bool,
}

/// An argument's name, and whether it must be given.
type OwnArgument = (&'static str, bool);

/// Our own prompts: name, what it is for, and its argument.
const OWN: [(&str, &str, Option<OwnArgument>); 5] = [
    ("agent_instructions", "What agents are told to do", None),
    ("project_context", "Alerts and knowledge of a repository", Some(("repo_name", true))),
    ("system_status", "Metrics, alerts and patterns of a source", Some(("source", true))),
    ("write_guide", "What there is, and which tool keeps what", None),
    ("catchup", "What changed in the last hours", Some(("hours", false))),
];

/// All prompts of the caller's space: ours, then those that somebody wrote, by name.
///
/// Errors: `unavailable`.
pub fn list(service: &Awareness, context: &Context) -> Result<Vec<Offered>, Refusal> {
    let written = service.look(context, customs)?;
    let shown = ids(&written);
    let own = OWN.iter().map(|(name, description, argument)| Offered {
        name: (*name).to_owned(),
        description: (*description).to_owned(),
        arguments: argument
            .iter()
            .map(|(name, is_needed)| PromptArgument { name: (*name).to_owned(), is_needed: *is_needed })
            .collect(),
    });
    let mut written: Vec<Offered> = written
        .iter()
        .filter_map(Custom::of)
        .map(|custom| Offered {
            arguments: custom
                .arguments
                .iter()
                .map(|name| PromptArgument { name: name.clone(), is_needed: true })
                .collect(),
            name: custom.name,
            description: custom.description,
        })
        .collect();
    written.sort_by(|a, b| a.name.cmp(&b.name));
    // Of several with one key in their own way, the newest is meant.
    written.dedup_by(|a, b| a.name == b.name);
    service.record_reading(context, LISTING, &Map::new(), &shown)?;
    Ok(own.chain(written).collect())
}

/// The text of a prompt.
///
/// Errors: `not_found` for one that the caller's space does not have, `invalid_parameter` for an argument that is missing, `unavailable`.
pub fn get(
    service: &Awareness,
    context: &Context,
    name: &str,
    members: Map<String, Value>,
) -> Result<Composed, Refusal> {
    let known: Vec<&str> = OWN.iter().filter_map(|(_, _, argument)| argument.map(|(name, _)| name)).collect();
    let given = members.clone();
    let arguments = Arguments::new(members, &known);
    let own = OWN.iter().find(|(known, ..)| *known == name);
    let mut description = own.map_or_else(String::new, |(_, description, _)| (*description).to_owned());
    let (text, entries) = match name {
        "agent_instructions" => {
            let told = Choice { tags: vec![INSTRUCTION.to_owned()], ..Choice::of(KNOWLEDGE) };
            let entries = service.look(context, |shelf| all(shelf, &told))?;
            (agent_instructions(&entries), ids(&entries))
        }
        "project_context" => of_project(service, context, &arguments.needed_text("repo_name")?)?,
        "system_status" => of_source(service, context, &arguments.needed_text("source")?)?,
        "write_guide" => {
            let (stats, tags) = service.look(context, |shelf| Ok((shelf.stats()?, shelf.tags()?)))?;
            (write_guide(&stats, &tags), Vec::new())
        }
        "catchup" => {
            let hours = arguments.whole("hours", 0)?.unwrap_or(HOURS);
            let back = hours.saturating_mul(NANOS_AN_HOUR);
            let entries = service.look(context, |shelf| {
                let since = Timestamp::from_nanos(shelf.now().as_nanos().saturating_sub(back));
                let types = KNOWLEDGE.into_iter().chain([EntryType::Alert]);
                all(shelf, &Choice { since: Some(since), ..Choice::of(types) })
            })?;
            (catchup(hours.unsigned_abs(), &entries), ids(&entries))
        }
        _ => {
            let (custom, text, entries) = of_somebody(service, context, name, &given)?;
            description = custom.description;
            (text, entries)
        }
    };
    let mut question = Map::new();
    question.insert("prompt".to_owned(), name.into());
    service.record_reading(context, READING, &question, &entries)?;
    Ok(Composed { description, text })
}

fn of_project(service: &Awareness, context: &Context, repo_name: &str) -> Result<(String, Vec<EntryId>), Refusal> {
    let tagged = |choice: Choice| Choice { tags: vec![repo_name.to_owned()], ..choice };
    let (alerts, knowledge) = service.look(context, |shelf| {
        let alerts = all(shelf, &tagged(active(None)))?;
        Ok((alerts, all(shelf, &tagged(Choice::of(KNOWLEDGE)))?))
    })?;
    let entries = ids(&alerts).into_iter().chain(ids(&knowledge)).collect();
    Ok((project_context(repo_name, &alerts, &knowledge), entries))
}

fn of_source(service: &Awareness, context: &Context, source: &str) -> Result<(String, Vec<EntryId>), Refusal> {
    let (status, alerts, patterns) = service.look(context, |shelf| {
        let status = shelf.named(&Name::status(source))?;
        let alerts = all(shelf, &active(Some(source)))?;
        let patterns = Choice { source: Some(source.to_owned()), ..Choice::of([EntryType::Pattern]) };
        Ok((status, alerts, all(shelf, &patterns)?))
    })?;
    let entries = status.iter().chain(&alerts).chain(&patterns).map(|entry| entry.id).collect();
    Ok((system_status(source, status.as_ref(), &alerts, &patterns), entries))
}

fn of_somebody(
    service: &Awareness,
    context: &Context,
    name: &str,
    members: &Map<String, Value>,
) -> Result<(Custom, String, Vec<EntryId>), Refusal> {
    let entries = service.look(context, customs)?;
    let mut found = entries.iter().filter_map(|entry| Some((entry.id, Custom::of(entry)?)));
    let (id, custom) = found.find(|(_, custom)| custom.name == name).ok_or_else(|| {
        Refusal::new(Code::NotFound, format!("there is no prompt `{}`", annals_ask::shortened(name))).at("name")
    })?;
    let text = custom
        .fill(|word| members.get(word).and_then(Value::as_str))
        .map_err(|word| Refusal::parameter(&word, format!("`{word}` is missing or no text")))?;
    Ok((custom, text, vec![id]))
}

/// Alerts that nobody resolved, of a source or of all.
fn active(source: Option<&str>) -> Choice {
    Choice { state: Some("active".to_owned()), source: source.map(str::to_owned), ..Choice::of([EntryType::Alert]) }
}

/// The entries that are prompts, the last touched first.
fn customs(shelf: &mut dyn Shelf) -> Result<Vec<Entry>, annals_store::Error> {
    all(shelf, &Choice { source: Some(CUSTOM.to_owned()), ..Choice::default() })
}

/// All of a choice, the last touched first.
fn all(shelf: &mut dyn Shelf, choice: &Choice) -> Result<Vec<Entry>, annals_store::Error> {
    Ok(shelf.page(choice, &Wish::first(By::Touched, u64::from(u32::MAX)))?.entries)
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}
