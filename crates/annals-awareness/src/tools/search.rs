//! `search`: finding entries by words.

use annals_store::awareness::{EntryId, EntryType, Found, Question};
use serde_json::{Map, Value, json};

use super::card::{Hints, Kind, ToolCard, may, needed};
use super::page::{MOST_BYTES, Paging, choice, decimals, entry_type, similarity};
use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context};
use crate::entry_json::Mode;
use crate::refusal::Refusal;
use crate::seeking::{Sought, Trust, is_sentence, trust};

pub(super) const CARD: ToolCard = ToolCard {
    name: "search",
    title: "Search",
    description: "Find entries by words in any language, best first.",
    hints: Hints::Reads,
    arguments: &[
        needed("query", Kind::Text),
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
    let (found, question) = service.look(context, |shelf| {
        let Some(choice) = sought.narrowed(choice.clone()) else { return Ok((Found::default(), Question::default())) };
        let question = Question {
            folds: true,
            offset: paging.offset.unsigned_abs(),
            limit: limit.unsigned_abs() + 1,
            max_bytes: Some(MOST_BYTES),
            ..sought.question(shelf, choice)?
        };
        let question = Question { neighbours: is_sentence(&question), ..question };
        let found = if sought.is_telling(&question) { shelf.search(&question)? } else { Found::default() };
        Ok((found, question))
    })?;
    let trust = trust(&question, found.relevance);
    let mut hits = if trust == Trust::None { Vec::new() } else { found.hits };
    // The last one tells that there are more; alone it is the page.
    let mut has_more = !hits.is_empty() && (hits.len() as u64 == question.limit || question.is_cut(&hits));
    if has_more && hits.len() > 1 {
        hits.pop();
    }
    let mut shown: Vec<Map<String, Value>> = Vec::with_capacity(hits.len());
    for hit in &hits {
        let mut line = mode.show(&hit.entry);
        line.insert("similarity".to_owned(), similarity(hit.score));
        line.insert("relevance".to_owned(), decimals(hit.relevance));
        if !hit.alike.is_empty() {
            line.insert("duplicates".to_owned(), hit.alike.len().into());
            line.insert("duplicate_ids".to_owned(), hit.alike.iter().map(|id| Value::from(id.to_string())).collect());
        }
        shown.push(line);
    }
    paging.fit(&mut shown, &mut has_more);
    let ids: Vec<EntryId> = hits.iter().take(shown.len()).map(|hit| hit.entry.id).collect();
    let mut asked = Map::new();
    asked.insert("question".to_owned(), query.into());
    service.record_reading(context, tool, &asked, &ids)?;
    let mut page = paging.show(shown, has_more);
    // Which ways of searching ran.
    page["lanes"] = json!(["text"]);
    if trust == Trust::Weak && !hits.is_empty() {
        page["weak"] = true.into();
    }
    Ok(page)
}
