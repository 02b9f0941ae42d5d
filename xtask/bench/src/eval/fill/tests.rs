//! Every entry of every space is kept once, under its key, with its date where the server wants it.

use std::collections::HashSet;

use serde_json::json;

use super::Filling;
use crate::eval::dataset::{Dataset, Each};
use crate::eval::fake::{Answer, Call, Fake};
use crate::eval::interrupt::Interrupt;
use crate::eval::plan::{Owner, Plan};
use crate::eval::sample::{locomo, longmemeval};

/// An id of an entry is its space's token, its source and its key.
#[expect(clippy::unnecessary_wraps, reason = "a server may also refuse")]
fn keep(call: &Call) -> Answer {
    let part = |name: &str| call.arguments[name].as_str().unwrap_or_default().to_owned();
    Ok(json!({ "status": "ok", "id": format!("{}/{}/{}", call.token, part("source"), part("logical_key")) }))
}

struct Written {
    labels: std::collections::HashMap<String, String>,
    calls: Vec<Call>,
}

fn write(dataset: &Dataset, each: Each, time_argument: Option<&'static str>) -> Written {
    let plan = Plan::of(dataset, each, Owner::Us);
    let fake = Fake::start(keep);
    let peers = fake.peers(plan.spaces.len());
    let filling = Filling { dataset, plan: &plan, each, peers: &peers, time_argument };
    let labels = filling.write(0..plan.spaces.len(), &Interrupt::default(), &|_| ()).unwrap();
    Written { labels, calls: fake.calls() }
}

#[test]
fn each_space_gets_its_entries_once() {
    let Written { labels, calls } = write(&locomo(), Each::Turn, None);
    let ids: HashSet<&str> = labels.keys().map(String::as_str).collect();
    let expected = |space: usize, talk: u32| (1..=2).map(move |turn| format!("token-{space}/talk-{talk}/s1t{turn}"));
    let expected: Vec<String> =
        [(0, 1), (0, 2), (1, 2), (2, 1)].into_iter().flat_map(|(space, talk)| expected(space, talk)).collect();
    assert_eq!(ids, expected.iter().map(String::as_str).collect());
    assert_eq!(calls.len(), expected.len());
    assert_eq!(labels["token-0/talk-2/s1t1"], "talk-2 s1t1");
}

#[test]
fn sessions_are_entries_of_their_own() {
    let Written { labels, calls } = write(&longmemeval(), Each::Session, None);
    assert_eq!(labels.len(), 6);
    assert_eq!(labels["token-1/haystack2/s2"], "haystack2 s2");
    assert!(calls.iter().all(|call| call.tool == "remember" && call.arguments["content"].is_string()));
}

#[test]
fn a_date_stands_in_the_text_unless_the_server_takes_it() {
    let description = |written: &Written| {
        let call = written.calls.iter().find(|call| call.arguments["logical_key"] == "s1t2").unwrap();
        call.arguments["description"].as_str().unwrap().to_owned()
    };
    let told = write(&locomo(), Each::Turn, None);
    assert_eq!(description(&told), "2021-02-28 Otto: Nice.");
    assert!(told.calls.iter().all(|call| call.arguments.get("created").is_none()));
    let taken = write(&locomo(), Each::Turn, Some("created"));
    assert_eq!(description(&taken), "Otto: Nice.");
    assert!(taken.calls.iter().all(|call| call.arguments["created"] == "2021-02-28T13:56:00Z"));
    assert!(taken.calls.iter().all(|call| call.arguments["tags"][2] == "2021-02-28"));
}

#[test]
fn an_entry_that_is_refused_is_named_and_ends_it() {
    let fake = Fake::start(|call| if call.arguments["source"] == "talk-2" { Err("it is full") } else { keep(call) });
    let dataset = locomo();
    let plan = Plan::of(&dataset, Each::Turn, Owner::Us).without_elsewhere();
    let peers = fake.peers(1);
    let filling = Filling { dataset: &dataset, plan: &plan, each: Each::Turn, peers: &peers, time_argument: None };
    let error = format!("{:#}", filling.write(0..1, &Interrupt::default(), &|_| ()).unwrap_err());
    assert!(error.contains("`talk-2 s1t1` was not kept") && error.contains("it is full"), "{error}");
}

#[test]
fn nothing_is_written_once_it_is_interrupted() {
    let fake = Fake::start(keep);
    let dataset = locomo();
    let plan = Plan::of(&dataset, Each::Turn, Owner::Us).without_elsewhere();
    let peers = fake.peers(1);
    let filling = Filling { dataset: &dataset, plan: &plan, each: Each::Turn, peers: &peers, time_argument: None };
    let interrupt = Interrupt::default();
    interrupt.press();
    let error = filling.write(0..1, &interrupt, &|_| ()).unwrap_err().to_string();
    assert!(error.contains("interrupted"), "{error}");
    assert!(fake.calls().is_empty());
}
