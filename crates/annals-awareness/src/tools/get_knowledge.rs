//! `get_knowledge`: entries by their filters.

use std::collections::HashMap;

use annals_store::awareness::{
    By, Change, Choice, Entry, EntryId, EntryPage, EntryType, Question, Readings, Shelf, Spoken,
};
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may};
use super::page::{Paging, choice, entry_type, similarity};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json::{Mode, full, listed, with_history};
use crate::moment;
use crate::refusal::Refusal;
use crate::seeking::Sought;
use annals_words::{LANGUAGES, known};

pub(super) const CARD: ToolCard = ToolCard {
    name: "get_knowledge",
    title: "Browse knowledge",
    description: "Patterns, context, preferences and notes, newest first. Start with mode `list`, a limit, 2-3 narrow tags.",
    hints: Hints::Reads,
    arguments: &[
        may("source", Kind::Text),
        may("tags", Kind::Texts).about("all of them"),
        may("entry_type", Kind::Text),
        may("include_history", Kind::Text).about("`true`, `only`"),
        may("since", Kind::Text),
        may("until", Kind::Text),
        may("learned_from", Kind::Text),
        may("created_after", Kind::Text),
        may("created_before", Kind::Text),
        may("hint", Kind::Text).about("words to rank by"),
        may("mode", Kind::Text).about("`list` for short"),
        may("limit", Kind::Whole).about("100"),
        may("offset", Kind::Whole),
        may("language", Kind::Text).about("ISO 639-1"),
        may("max_bytes", Kind::Whole),
    ],
};

/// What is knowledge, where no type is named.
pub(crate) const KNOWLEDGE: [EntryType; 4] =
    [EntryType::Pattern, EntryType::Context, EntryType::Preference, EntryType::Note];

/// What the entries were before: left out, shown, or asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum History {
    Without,
    With,
    Only,
}

/// What was loaded.
struct Loaded {
    entries: Vec<Entry>,
    has_more: bool,
    changes: HashMap<EntryId, Vec<Change>>,
    readings: Vec<Readings>,
    scores: HashMap<EntryId, f64>,
}

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    let named = entry_type(arguments)?;
    let types: &[EntryType] = named.as_ref().map_or(&KNOWLEDGE, std::slice::from_ref);
    let mut choice = choice(arguments, types)?;
    choice.learned_from = arguments.text("learned_from")?;
    choice.created_after = arguments.moment("created_after")?;
    choice.created_before = arguments.moment("created_before")?;
    let history = match arguments.text("include_history")?.as_deref() {
        Some("true") => History::With,
        Some("only") => History::Only,
        _ => History::Without,
    };
    choice.changed = history == History::Only;
    let mode = Mode::of(arguments.text("mode")?.as_deref());
    let paging = Paging::of(arguments)?;
    choice.language = arguments.text("language")?.map(|code| language(&code)).transpose()?;
    let hint = arguments.text("hint")?.filter(|hint| !hint.trim().is_empty());

    let mut loaded = service.look(context, |shelf| {
        let EntryPage { entries, has_more } = shelf.page(&choice, &paging.wish(By::Touched))?;
        let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
        let wants_changes = history != History::Without && mode == Mode::Full;
        let changes = if wants_changes { shelf.changes(&ids)?.into_iter().collect() } else { HashMap::new() };
        let readings = if mode == Mode::List { shelf.readings(&ids)? } else { Vec::new() };
        let scores = match &hint {
            Some(hint) => scores(shelf, hint, &choice, ids.len())?,
            None => HashMap::new(),
        };
        Ok(Loaded { entries, has_more, changes, readings, scores })
    })?;

    let readings: HashMap<EntryId, Readings> = loaded.readings.iter().map(|one| (one.entry, *one)).collect();
    let mut shown: Vec<Map<String, Value>> = Vec::with_capacity(loaded.entries.len());
    for entry in &loaded.entries {
        let mut line = match (mode, loaded.changes.get(&entry.id)) {
            (Mode::List, _) => listed(entry),
            (Mode::Full, Some(changes)) => with_history(entry, changes),
            (Mode::Full, None) => full(entry),
        };
        if mode == Mode::List {
            let read = readings.get(&entry.id);
            line.insert("read_count".to_owned(), read.map_or(0, |read| read.n_reads).into());
            let last = read.and_then(|read| read.last).map(moment::written);
            line.insert("last_read".to_owned(), last.into());
        }
        if let Some(score) = loaded.scores.get(&entry.id) {
            line.insert("similarity".to_owned(), similarity(*score));
        }
        shown.push(line);
    }
    let mut has_more = loaded.has_more;
    paging.fit(&mut shown, &mut has_more);
    loaded.entries.truncate(shown.len());
    let ids: Vec<EntryId> = loaded.entries.iter().map(|entry| entry.id).collect();
    if hint.is_some() {
        // A hint orders what is on the page, and moves nothing from one page to another.
        let score = |(entry, _): &(Entry, _)| loaded.scores.get(&entry.id).copied().unwrap_or(-1.0);
        let mut lines: Vec<(Entry, Map<String, Value>)> = loaded.entries.into_iter().zip(shown).collect();
        lines.sort_by(|a, b| score(b).total_cmp(&score(a)));
        shown = lines.into_iter().map(|(_, line)| line).collect();
    }
    service.record_reading(context, CARD.name, &Map::new(), &ids)?;
    Ok(paging.show(shown, has_more))
}

/// A language as a filter: a code, or `simple` for entries without one.
fn language(code: &str) -> Result<Spoken, Refusal> {
    if code == "simple" {
        return Ok(None);
    }
    known(code).map(Some).ok_or_else(|| Refusal::word("language", code, LANGUAGES.into_iter().chain(["simple"])))
}

/// How well the entries of the choice fit a hint.
fn scores(
    shelf: &mut dyn Shelf,
    hint: &str,
    choice: &Choice,
    n: usize,
) -> Result<HashMap<EntryId, f64>, annals_store::Error> {
    let limit = u64::try_from(n).unwrap_or(u64::MAX).saturating_add(10);
    // A hint is a text and no query: what looks like a field in it is a word.
    let question = Question { limit, ..Sought::words(hint).question(shelf, choice.clone())? };
    if question.words.is_empty() && question.wholes.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(shelf.search(&question)?.hits.into_iter().map(|hit| (hit.entry.id, hit.score)).collect())
}
