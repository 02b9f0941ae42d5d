//! `search`: finding entries by words.

use annals_store::awareness::{Direction, EntryId, EntryType, Found, Hit, Question};
use serde_json::{Map, Value};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::page::{MOST_BYTES, Paging, choice, decimals, entry_type, similarity};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::embedding::Lane;
use crate::entry_json::Mode;
use crate::refusal::Refusal;
use crate::seeking::{Sought, Trust, is_sentence, trust};
use crate::text::text_of;

pub(super) const CARD: ToolCard = ToolCard {
    name: "search",
    title: "Search",
    description: "Find entries by words in any language, best first.",
    hints: Hints::Reads,
    arguments: &[
        needed("query", Kind::Text).about("\"phrase\" -not tag: source: type: before: after:"),
        may("source", Kind::Text),
        may("tags", Kind::Texts),
        may("entry_type", Kind::Text),
        may("since", Kind::Text),
        may("until", Kind::Text),
        may("limit", Kind::Whole).about("10, at most 100"),
        may("mode", Kind::Text),
        may("language", Kind::Text),
        may("offset", Kind::Whole),
        may("max_bytes", Kind::Whole),
    ],
};

/// How many entries are answered where nobody says, and at most.
const LIMIT: i64 = 10;
const MOST: i64 = 100;
/// So many of the first are put in order by a second opinion, where there is one.
const N_REORDERED: u64 = 50;

pub(super) fn call(service: &Awareness, context: &Context, arguments: &Arguments) -> Result<Value, Refusal> {
    found(service, context, arguments, CARD.name)
}

/// What is found, by the name that the caller called it.
pub(super) fn found(
    service: &Awareness,
    context: &Context,
    arguments: &Arguments,
    tool: &'static str,
) -> Result<Value, Refusal> {
    let query = arguments.needed_text("query")?;
    let named = entry_type(arguments)?;
    let types: &[EntryType] = named.as_slice();
    let choice = choice(arguments, types)?;
    let mode = Mode::of(arguments.text("mode")?.as_deref());
    // Out of bounds is brought within them, as the original does it.
    let limit = arguments.whole("limit", i64::MIN)?.unwrap_or(LIMIT).clamp(1, MOST);
    let paging = Paging { limit, ..Paging::of_rest(arguments)? };
    let sought = Sought::new(&query, arguments.text("language")?);
    let mut lanes = Lanes::default();
    let direction = lanes.direction(service, &sought);
    let opinion = service.embedding().is_some_and(|embedding| embedding.has_reranker());
    let mut is_loose = false;
    let (mut found, question) = service.look(context, |shelf| {
        let Some(choice) = sought.narrowed(choice.clone()) else { return Ok((Found::default(), Question::default())) };
        let question = Question {
            folds: true,
            direction: direction.clone(),
            offset: paging.offset.unsigned_abs(),
            limit: limit.unsigned_abs() + 1,
            max_bytes: Some(MOST_BYTES),
            ..sought.question(shelf, choice)?
        };
        let question = Question { neighbours: is_sentence(&question), ..question };
        if !sought.is_telling(&question) {
            return Ok((Found::default(), question));
        }
        let found = shelf.search(&widened(&question, opinion))?;
        let Some(loose) = loosened(&question).filter(|_| found.hits.is_empty()) else { return Ok((found, question)) };
        // A later page of what has the phrases is empty too.
        let first = Question { offset: 0, limit: 1, ..question.clone() };
        if question.offset > 0 && !shelf.search(&first)?.hits.is_empty() {
            return Ok((found, question));
        }
        is_loose = true;
        Ok((shelf.search(&widened(&loose, opinion))?, loose))
    })?;
    if direction.is_some() && !found.by_vectors && !found.hits.is_empty() {
        lanes.missing.insert("vector".to_owned(), "entries are being embedded by another model".into());
    }
    if found.by_vectors {
        lanes.ran.push("vector");
    }
    if opinion && question.offset < N_REORDERED {
        lanes.reorder(service, &sought, &mut found.hits);
        found.hits.drain(..usize::try_from(question.offset).unwrap_or(usize::MAX).min(found.hits.len()));
        found.hits.truncate(usize::try_from(question.limit).unwrap_or(usize::MAX));
    }
    let trust = match trust(&question, found.relevance) {
        // What is near may say it in other words.
        Trust::None if found.by_vectors => Trust::Weak,
        Trust::Good if is_loose => Trust::Weak,
        trust => trust,
    };
    let mut hits = if trust == Trust::None { Vec::new() } else { found.hits };
    // The last one tells that there are more; alone it is the page.
    let mut has_more = !hits.is_empty() && (hits.len() as u64 == question.limit || question.is_cut(&hits));
    if has_more && hits.len() > 1 {
        hits.pop();
    }
    let mut shown: Vec<Map<String, Value>> = hits.iter().map(|hit| line(mode, hit)).collect();
    paging.fit(&mut shown, &mut has_more);
    let ids: Vec<EntryId> = hits.iter().take(shown.len()).map(|hit| hit.entry.id).collect();
    let mut asked = Map::new();
    asked.insert("question".to_owned(), query.into());
    service.record_reading(context, tool, &asked, &ids)?;
    let mut page = paging.show(shown, has_more);
    lanes.tell(&mut page);
    if trust == Trust::Weak && !hits.is_empty() {
        page["weak"] = true.into();
    }
    Ok(page)
}

/// The question, for so many as a second opinion puts in order, where there is one.
fn widened(question: &Question, opinion: bool) -> Question {
    let mut wider = question.clone();
    if opinion && question.offset < N_REORDERED {
        (wider.offset, wider.limit) = (0, N_REORDERED.max(question.offset + question.limit));
    }
    wider
}

/// A sentence without what it has in quotation marks, for where nothing has that: a title is quoted in a question as well as anywhere. Who asks for a phrase alone is told that nothing has it.
fn loosened(question: &Question) -> Option<Question> {
    let loose = Question { phrases: Vec::new(), neighbours: true, ..question.clone() };
    let n_quoted = question.phrases.iter().map(Vec::len).sum::<usize>();
    (n_quoted > 0 && n_quoted < question.words.len() && is_sentence(&loose)).then_some(loose)
}

/// An entry of the page.
fn line(mode: Mode, hit: &Hit) -> Map<String, Value> {
    let mut line = mode.show(&hit.entry);
    line.insert("similarity".to_owned(), similarity(hit.score));
    line.insert("relevance".to_owned(), decimals(hit.relevance));
    if !hit.alike.is_empty() {
        line.insert("duplicates".to_owned(), hit.alike.len().into());
        line.insert("duplicate_ids".to_owned(), hit.alike.iter().map(|id| Value::from(id.to_string())).collect());
    }
    line
}

/// Which ways of searching ran beside the words, and why others did not.
#[derive(Default)]
struct Lanes {
    ran: Vec<&'static str>,
    missing: Map<String, Value>,
}

impl Lanes {
    /// Which way the question points, where anything tells it in time.
    fn direction(&mut self, service: &Awareness, sought: &Sought) -> Option<Direction> {
        let text = sought.text();
        if text.trim().is_empty() {
            return None;
        }
        match service.embedding()?.direction(&text) {
            Lane::Ran(direction) => Some(direction),
            Lane::Missing(why) => {
                self.missing.insert("vector".to_owned(), why.into());
                None
            }
        }
    }

    /// Puts the first hits in the order of a second opinion.
    fn reorder(&mut self, service: &Awareness, sought: &Sought, hits: &mut [Hit]) {
        let n_first = hits.len().min(usize::try_from(N_REORDERED).unwrap_or(usize::MAX));
        let first = &mut hits[..n_first];
        let texts: Vec<String> = first.iter().map(|hit| text_of(&hit.entry)).collect();
        match service.embedding().and_then(|embedding| embedding.reordered(&sought.text(), &texts)) {
            Some(Lane::Ran(order)) => {
                let reordered: Vec<Hit> = order.iter().map(|at| first[*at].clone()).collect();
                first.clone_from_slice(&reordered);
                self.ran.push("rerank");
            }
            Some(Lane::Missing(why)) => {
                self.missing.insert("rerank".to_owned(), why.into());
            }
            None => {}
        }
    }

    fn tell(self, page: &mut Value) {
        page["lanes"] = ["text"].into_iter().chain(self.ran).collect();
        if !self.missing.is_empty() {
            page["lanes_missing"] = self.missing.into();
        }
    }
}
