//! `LoCoMo`: conversations of many sessions, and questions whose evidence is named by the ids of turns.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use serde_json::Value;

use super::{Dataset, Date, Haystack, Question, Session, Shape, Turn, list, text};

/// What names a session's list of turns, before its number.
const SESSION: &str = "session_";

/// Which turn an id of the dataset means, as places of its session and in it.
type Places = HashMap<(u64, u64), (usize, usize)>;

pub(super) fn read(items: Vec<Value>) -> anyhow::Result<Dataset> {
    let mut dataset = Dataset::empty(Shape::LoCoMo);
    for (item, n) in items.into_iter().zip(1..) {
        let at = format!("conversation {n}");
        let name =
            item.get("sample_id").and_then(Value::as_str).map_or_else(|| format!("conversation-{n}"), str::to_owned);
        let (sessions, places) = sessions(&item["conversation"], &at)?;
        let haystack = dataset.haystacks.len();
        for (question, n) in list(&item, "qa", &at)?.iter().zip(1..) {
            let at = format!("question {n} of {at}");
            dataset.questions.push(self::question(question, haystack, &places, &at)?);
        }
        dataset.haystacks.push(Haystack { name, sessions });
    }
    Ok(dataset)
}

/// The sessions in the order of their numbers.
fn sessions(conversation: &Value, at: &str) -> anyhow::Result<(Vec<Session>, Places)> {
    let members = conversation.as_object().with_context(|| format!("`conversation` of {at} is no object"))?;
    let mut numbered: Vec<(usize, &Value)> =
        members.iter().filter_map(|(name, turns)| Some((name.strip_prefix(SESSION)?.parse().ok()?, turns))).collect();
    numbered.sort_unstable_by_key(|(number, _)| *number);
    let (mut sessions, mut places) = (Vec::new(), Places::new());
    for (number, turns) in numbered {
        let at = format!("session {number} of {at}");
        let turns = turns.as_array().with_context(|| format!("{at} is no list"))?;
        let mut said = Vec::with_capacity(turns.len());
        for (turn, n) in turns.iter().zip(1_usize..) {
            let at = format!("turn {n} of {at}");
            let id = text(turn, "dia_id", &at)?;
            let id = ids(&id).into_iter().next().with_context(|| format!("`dia_id` of {at} is not like `D1:3`"))?;
            // Of two turns with one id the first is meant.
            places.entry(id).or_insert((sessions.len(), said.len()));
            let mut text = text(turn, "text", &at)?;
            if let Some(caption) = turn.get("blip_caption").and_then(Value::as_str) {
                text = format!("{text} ({caption})");
            }
            said.push(Turn { speaker: super::text(turn, "speaker", &at)?, text });
        }
        let date = members.get(&format!("{SESSION}{number}_date_time")).and_then(Value::as_str).map(Date::of);
        sessions.push(Session { number, date, turns: Arc::new(said) });
    }
    Ok((sessions, places))
}

fn question(value: &Value, haystack: usize, places: &Places, at: &str) -> anyhow::Result<Question> {
    let category = match value.get("category") {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(category)) => category.clone(),
        Some(category) => category.to_string(),
    };
    let named = value.get("evidence").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut turns: Vec<(usize, usize)> = named.flat_map(ids).filter_map(|id| places.get(&id).copied()).collect();
    turns.sort_unstable();
    turns.dedup();
    let mut sessions: Vec<usize> = turns.iter().map(|(session, _)| *session).collect();
    sessions.dedup();
    let text = text(value, "question", at)?;
    Ok(Question { text, category, haystack, turns, sessions, has_no_answer: false })
}

/// The ids of turns in a text, by `D:?(\d+):(\d+)`: some texts hold several, and some write `D:11:26`.
pub(super) fn ids(text: &str) -> Vec<(u64, u64)> {
    text.split('D').skip(1).filter_map(id).collect()
}

/// An id at the start of what follows its `D`.
fn id(rest: &str) -> Option<(u64, u64)> {
    let (session, rest) = number(rest.strip_prefix(':').unwrap_or(rest))?;
    let (turn, _) = number(rest.strip_prefix(':')?)?;
    Some((session, turn))
}

/// A number at the start of a text, and what follows it.
fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}
