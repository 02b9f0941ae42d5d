//! Questions are asked once and in order, and what an answer says of itself is read.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Abstain, Asked, Asking, Kind, Page, tasks};
use crate::eval::dataset::{Dataset, Each};
use crate::eval::fake::{Answer, Call, Fake};
use crate::eval::interrupt::Interrupt;
use crate::eval::off_topic;
use crate::eval::plan::{Owner, Plan};
use crate::eval::sample::{locomo, longmemeval};

fn labels() -> HashMap<String, String> {
    HashMap::from([("id-1".to_owned(), "talk-1 s1t1".to_owned()), ("id-2".to_owned(), "talk-2 s1t1".to_owned())])
}

fn kinds(dataset: &Dataset, abstain: Abstain) -> (Vec<Kind>, usize) {
    let plan = Plan::of(dataset, Each::Turn, Owner::Us);
    let (tasks, n_unscored) = tasks(dataset, &plan, Each::Turn, abstain);
    (tasks.iter().map(|task| task.kind).filter(|kind| *kind != Kind::OffTopic).collect(), n_unscored)
}

#[test]
fn questions_without_evidence_are_counted_and_not_asked() {
    assert_eq!(kinds(&locomo(), Abstain::Skip), (vec![Kind::Answered; 2], 2));
    let all = [Kind::Answered, Kind::Answered, Kind::LeftOut, Kind::LeftOut];
    assert_eq!(kinds(&locomo(), Abstain::Ask), (all.to_vec(), 2));
}

#[test]
fn questions_that_the_dataset_leaves_without_an_answer_are_asked_as_such() {
    let expected = [Kind::Answered, Kind::Answered, Kind::NoAnswer];
    assert_eq!(kinds(&longmemeval(), Abstain::Skip), (expected.to_vec(), 0));
}

#[test]
fn all_off_topic_questions_are_asked_and_differ() {
    let dataset = longmemeval();
    let plan = Plan::of(&dataset, Each::Turn, Owner::Us);
    let (tasks, _) = tasks(&dataset, &plan, Each::Turn, Abstain::Ask);
    let mut asked: Vec<&str> = tasks.iter().filter(|task| task.kind == Kind::OffTopic).map(|task| task.text).collect();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(asked.len(), off_topic::QUESTIONS.len());
}

fn page(answer: &Value) -> Page {
    Page::read(answer, &labels()).unwrap()
}

#[test]
fn a_page_is_weak_if_it_says_so_or_each_of_its_entries() {
    let entry = |weak: bool| json!({ "id": "id-1", "weak": weak });
    assert!(page(&json!({ "weak": true, "entries": [{ "id": "id-1" }] })).is_weak);
    assert!(page(&json!({ "entries": [entry(true), entry(true)] })).is_weak);
    assert!(!page(&json!({ "entries": [entry(true), entry(false)] })).is_weak);
    assert!(!page(&json!({ "weak": false, "entries": [{ "id": "id-1" }] })).is_weak);
    assert!(!page(&json!({ "entries": [] })).is_weak);
}

#[test]
fn scores_are_kept_as_they_were_answered() {
    let page = page(&json!({
        "lanes": ["text", "vector"], "truncated": true,
        "entries": [{ "id": "id-2", "similarity": 0.5, "score": 2, "data": {} }, { "id": "other" }],
    }));
    assert_eq!(page.found[0].label.as_deref(), Some("talk-2 s1t1"));
    assert_eq!(Value::from(page.found[0].scores.clone()), json!({ "similarity": 0.5, "score": 2 }));
    assert_eq!(page.found[1].label, None);
    assert_eq!((page.lanes.len(), page.is_cut), (2, true));
}

#[test]
fn an_answer_that_is_none_is_an_error() {
    for answer in [json!({}), json!({ "entries": [{}] })] {
        Page::read(&answer, &labels()).unwrap_err();
    }
}

/// Asks both questions of `LoCoMo`'s sample, with this server behind it.
fn ask(
    answer: impl Fn(&Call) -> Answer + Send + Sync + 'static,
    interrupt: &Interrupt,
    look: impl FnOnce(anyhow::Result<()>, &[Asked], &[Call], &str),
) {
    let dataset = locomo();
    let plan = Plan::of(&dataset, Each::Turn, Owner::Us).without_elsewhere();
    let (tasks, _) = tasks(&dataset, &plan, Each::Turn, Abstain::Skip);
    let fake = Fake::start(answer);
    let (peers, labels) = (fake.peers(1), labels());
    let (mut out, mut asked) = (Vec::new(), Vec::new());
    let asking = Asking { peers: &peers, labels: &labels, limit: 20 };
    let done = asking.ask(tasks, Some(&mut out), interrupt, &|_| (), &mut asked);
    look(done, &asked, &fake.calls(), &String::from_utf8(out).unwrap());
}

#[test]
fn what_answers_a_question_is_known_again_and_anything_else_is_not() {
    // The one finds what was asked for, the other one the answer to the other question.
    for (is_right, recall) in [(true, 1.0), (false, 0.0)] {
        let answer = move |call: &Call| {
            let is_first = call.arguments["query"] == "Who has a kiln?";
            let id = if is_first == is_right { "id-1" } else { "id-2" };
            Ok(json!({ "entries": [{ "id": id, "similarity": 0.5 }], "lanes": ["text"] }))
        };
        ask(answer, &Interrupt::default(), |done, asked, calls, out| {
            done.unwrap();
            let recalls: Vec<f64> = asked.iter().map(|asked| asked.ranks().recall(5)).collect();
            assert!(recalls.iter().all(|found| (found - recall).abs() < 1e-9), "{recalls:?}");
            assert_eq!(calls.len(), 2);
            assert_eq!(calls[0].arguments, json!({ "query": "Who has a kiln?", "limit": 20 }));
            let line: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
            assert_eq!(line["evidence"], json!(["talk-1 s1t1"]));
            let found = json!({ "rank": 1, "id": if is_right { "id-1" } else { "id-2" }, "similarity": 0.5,
                "entry": if is_right { "talk-1 s1t1" } else { "talk-2 s1t1" }, "is_evidence": is_right });
            assert_eq!(line["found"], json!([found]));
            assert_eq!((&line["weak"], &line["empty"], &line["category"]), (&json!(false), &json!(false), &json!("4")));
        });
    }
}

#[test]
fn what_was_asked_before_an_interruption_is_left() {
    let interrupt = Interrupt::default();
    let pressed = interrupt.clone();
    let answer = move |_: &Call| {
        pressed.press();
        Ok(json!({ "entries": [] }))
    };
    ask(answer, &interrupt, |done, asked, calls, out| {
        done.unwrap();
        assert_eq!((asked.len(), calls.len(), out.lines().count()), (1, 1, 1));
    });
}

#[test]
fn a_question_that_is_refused_is_named() {
    ask(
        |_| Err("not now"),
        &Interrupt::default(),
        |done, asked, _, out| {
            let error = format!("{:#}", done.unwrap_err());
            assert!(error.contains("`Who has a kiln?` was not answered") && error.contains("not now"), "{error}");
            assert!(asked.is_empty() && out.is_empty());
        },
    );
}
