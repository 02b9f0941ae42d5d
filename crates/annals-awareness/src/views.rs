//! What somebody sees who looks at a space on a page: entries as they are, without the form that tools give them.
//!
//! A page asks for what no tool answers in one go, such as an entry with its history and who read it. What it shows is a reading like any other, and is recorded as one.
//! Nothing here knows how a page looks.

use annals_store::awareness::{
    Change, Choice, Entry, EntryId, EntryPage, Question, Readings, Shelved, Stats, Usage, UsageWish, Wish,
};
use serde_json::{Map, Value};

use crate::awareness::{Awareness, Context};
use crate::briefing::MAX_SOURCES;
use crate::refusal::Refusal;
use crate::seeking::Sought;
use crate::tools;

/// How many readings and actions of an entry are shown.
pub const MOST_USAGE: u64 = 50;

/// How a space stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Overview {
    /// The briefing, as the tool answers it.
    pub briefing: Value,
    /// Entries by type, and the sources.
    pub stats: Stats,
    /// How many are in the trash.
    pub n_trashed: u64,
}

/// An entry with what belongs to it.
#[derive(Clone, PartialEq, Debug)]
pub struct Story {
    /// The entry, which may be in the trash or expired.
    pub entry: Entry,
    /// What it was, oldest change first.
    pub changes: Vec<Change>,
    /// How often it was read, before this time.
    pub readings: Readings,
    /// Who read it or acted on it, newest first, [`MOST_USAGE`] at most.
    pub usage: Vec<Usage>,
    /// Entries that it names as related, and those that name it.
    pub related: Vec<Entry>,
}

/// What is asked of a space's entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Which entries.
    pub choice: Choice,
    /// Words that they are searched for by; the best come first then.
    pub words: Option<String>,
    /// In which order without words, and which part of it. With words only offset and limit count.
    pub wish: Wish,
}

/// How the space stands, with its briefing. What is due is fired, as by whoever asks for the briefing.
pub fn overview(service: &Awareness, context: &Context, operation: &'static str) -> Result<Overview, Refusal> {
    let briefing = tools::briefing(service, context, MAX_SOURCES)?;
    let trash = Choice { shelved: Shelved::Trash, ..Choice::default() };
    let (stats, n_trashed) = service.look(context, |shelf| Ok((shelf.stats()?, shelf.count(&trash)?)))?;
    service.record_reading(context, operation, &Map::new(), &[])?;
    Ok(Overview { briefing, stats, n_trashed })
}

/// Entries that fit. `question` says on record what was asked.
pub fn entries(
    service: &Awareness,
    context: &Context,
    operation: &'static str,
    asked: &Asked,
    question: &Map<String, Value>,
) -> Result<EntryPage, Refusal> {
    let page = match &asked.words {
        None => service.look(context, |shelf| shelf.page(&asked.choice, &asked.wish))?,
        Some(words) => {
            let limit = asked.wish.amount.limit;
            let sought = Sought::new(words, None);
            let (hits, question) = service.look(context, |shelf| {
                let Some(choice) = sought.narrowed(asked.choice.clone()) else {
                    return Ok((Vec::new(), Question::default()));
                };
                let question = Question {
                    offset: asked.wish.offset,
                    limit: limit.saturating_add(1),
                    max_bytes: asked.wish.amount.max_bytes,
                    ..sought.question(shelf, choice)?
                };
                let hits = if sought.is_telling(&question) { shelf.search(&question)?.hits } else { Vec::new() };
                Ok((hits, question))
            })?;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let has_more = limit < hits.len() || question.is_cut(&hits);
            EntryPage { entries: hits.into_iter().take(limit).map(|hit| hit.entry).collect(), has_more }
        }
    };
    let ids: Vec<EntryId> = page.entries.iter().map(|entry| entry.id).collect();
    service.record_reading(context, operation, question, &ids)?;
    Ok(page)
}

/// One entry with its story; `None` where the caller's space has none of this id.
pub fn story(
    service: &Awareness,
    context: &Context,
    operation: &'static str,
    id: EntryId,
) -> Result<Option<Story>, Refusal> {
    let wish = UsageWish { entry: Some(id), limit: MOST_USAGE, ..UsageWish::default() };
    let story = service.look(context, |shelf| {
        let Some(entry) = shelf.any_entry(id)? else { return Ok(None) };
        let changes = shelf.changes(&[id])?.pop().map(|(_, changes)| changes).unwrap_or_default();
        let none = Readings { entry: id, n_reads: 0, last: None };
        let readings = shelf.readings(&[id])?.pop().unwrap_or(none);
        Ok(Some(Story { changes, readings, usage: shelf.usage(&wish)?, related: shelf.related(id)?, entry }))
    })?;
    let shown: Vec<EntryId> = story.iter().map(|story| story.entry.id).collect();
    service.record_reading(context, operation, &Map::new(), &shown)?;
    Ok(story)
}
