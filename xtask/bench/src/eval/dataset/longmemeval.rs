//! `LongMemEval`: questions, each with a haystack of its own, of which some have no answer.
//!
//! Many haystacks hold the same sessions, by their ids: their text is kept once. What answers a question is read from the question's own copy, since other copies of
//! the session don't mark it.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{Dataset, Date, Haystack, Question, Session, Shape, Turn, list, text};

/// What the ids of questions end with that have no answer.
const NO_ANSWER: &str = "_abs";

pub(super) fn read(items: Vec<Value>) -> anyhow::Result<Dataset> {
    let mut dataset = Dataset::empty(Shape::LongMemEval);
    let mut shared = Shared::new();
    // Questions with the same sessions have the same haystack.
    let mut known: HashMap<Vec<(String, *const Vec<Turn>)>, usize> = HashMap::new();
    for (item, n) in items.into_iter().zip(1..) {
        let at = format!("question {n}");
        let id = item.get("question_id").and_then(Value::as_str).map_or_else(|| at.replace(' ', "-"), str::to_owned);
        let (sessions, turns) = sessions(&item, &mut shared, &at)?;
        let answering: Vec<&str> = texts(&item, "answer_session_ids");
        let ids = texts(&item, "haystack_session_ids");
        let places = ids.iter().enumerate().filter(|(_, id)| answering.contains(id)).map(|(place, _)| place);
        let answering: Vec<usize> = places.filter(|place| *place < sessions.len()).collect();
        let next = dataset.haystacks.len();
        let date = |session: &Session| session.date.as_ref().map_or_else(String::new, |date| date.text.clone());
        let same = sessions.iter().map(|session| (date(session), Arc::as_ptr(&session.turns))).collect();
        let haystack = *known.entry(same).or_insert(next);
        if haystack == next {
            dataset.haystacks.push(Haystack { name: format!("haystack{}", next + 1), sessions });
        }
        dataset.questions.push(Question {
            text: text(&item, "question", &at)?,
            category: item.get("question_type").and_then(Value::as_str).unwrap_or("none").to_owned(),
            haystack,
            turns,
            sessions: answering,
            has_no_answer: id.ends_with(NO_ANSWER),
        });
    }
    Ok(dataset)
}

/// What was said under each session id; the same nearly always.
type Shared = HashMap<String, Vec<Arc<Vec<Turn>>>>;

type Read = (Vec<Session>, Vec<(usize, usize)>);

/// A haystack's sessions, and the places of the turns that answer its question.
fn sessions(item: &Value, shared: &mut Shared, at: &str) -> anyhow::Result<Read> {
    let said = list(item, "haystack_sessions", at)?;
    let (ids, dates) = (texts(item, "haystack_session_ids"), texts(item, "haystack_dates"));
    for (name, n) in [("haystack_session_ids", ids.len()), ("haystack_dates", dates.len())] {
        ensure!(n == said.len(), "{at} has {} sessions and {n} texts in `{name}`", said.len());
    }
    let (mut sessions, mut answers) = (Vec::with_capacity(said.len()), Vec::new());
    for (place, said) in said.iter().enumerate() {
        let at = format!("session {} of {at}", place + 1);
        let said = said.as_array().with_context(|| format!("{at} is no list"))?;
        let mut turns = Vec::with_capacity(said.len());
        for (turn, n) in said.iter().zip(1_usize..) {
            let at = format!("turn {n} of {at}");
            if turn.get("has_answer").and_then(Value::as_bool) == Some(true) {
                answers.push((place, turns.len()));
            }
            turns.push(Turn { speaker: text(turn, "role", &at)?, text: text(turn, "content", &at)? });
        }
        let alike = shared.entry(ids[place].to_owned()).or_default();
        let turns = alike.iter().find(|known| ***known == turns).cloned().unwrap_or_else(|| {
            let turns = Arc::new(turns);
            alike.push(Arc::clone(&turns));
            turns
        });
        sessions.push(Session { number: place + 1, date: Some(Date::of(dates[place])), turns });
    }
    Ok((sessions, answers))
}

/// A member's texts; none where it is no list.
fn texts<'a>(item: &'a Value, name: &str) -> Vec<&'a str> {
    item.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
