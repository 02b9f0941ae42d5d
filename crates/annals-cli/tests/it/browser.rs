//! The page in a browser: Debian's Chromium, driven by `playwright-core`, against the real binary `annals serve` over a made day of agents at work.
//!
//! A journey is a script in `tests/browser`, which says what a person does; `watched.mjs` listens meanwhile, and any error on the console, violation of the policy, request to another
//! host, view wider than its window, or serious finding of axe fails it. The last test is the control: a page that does everything wrong is caught at all of it.
//! Pictures of every view are left in `tmp/screenshots` of the target folder, for people to look at. Without the browser or the driver these tests fail and say what to install.

mod bench;
mod hostile;

use serde_json::{Value, json};

use annals_testkit::day::SHORT;

use bench::Bench;

/// Runs a journey on a server over the day, and expects no problem.
#[track_caller]
fn goes_well(script: &str, least_views: u64, environment: &[(&str, &str)]) {
    let bench = Bench::new(&[]);
    let said = bench.journey(script, environment);
    assert_eq!(said["problems"], json!([]), "{said:#}");
    assert!(least_views <= said["n_views"].as_u64().unwrap(), "{said}");
}

#[test]
fn a_person_looks_into_what_agents_did() {
    goes_well("looks", 11, &[("SESSION", SHORT)]);
}

#[test]
fn every_view_in_light_and_dark_wide_and_narrow() {
    let bench = Bench::new(&[]);
    let event =
        bench.get("/v1/events?tool=Bash&outcome=failure&limit=1")["events"][0]["id"].as_str().unwrap().to_owned();
    let said = bench.journey("sizes", &[("SESSION", SHORT), ("EVENT", &event), ("ENTRY", bench::ENTRY)]);
    assert_eq!(said["problems"], json!([]), "{said:#}");
    assert_eq!(said["n_views"], 56);
}

#[test]
fn a_person_with_a_keyboard_alone() {
    goes_well("keyboard", 1, &[]);
}

#[test]
fn a_browser_without_javascript() {
    goes_well("without-script", 0, &[]);
}

#[test]
fn a_person_with_a_token() {
    let bench = Bench::with_token("0123456789abcdef0123456789abcdef", "ada-laptop", "team-a");
    let said = bench.journey("login", &[("TOKEN", "0123456789abcdef0123456789abcdef")]);
    assert_eq!(said["problems"], json!([]), "{said:#}");
}

#[test]
fn nothing_that_an_event_says_comes_to_life() {
    let event = hostile::event();
    let bench = Bench::new(std::slice::from_ref(&event));
    let stored = bench.get("/v1/events?type=tool.*&limit=1");
    let id = stored["events"][0]["id"].as_str().unwrap();
    let paths = json!([format!("/events/{id}"), hostile::session_path(), hostile::query_path()]).to_string();
    let said = bench.journey("hostile", &[("PATHS", &paths), ("HOSTILE", &event.to_string())]);
    assert_eq!(said["problems"], json!([]), "{said:#}");
}

/// The control: whatever the other tests listen for is heard.
#[test]
fn a_page_that_does_everything_wrong_is_caught() {
    let said = Bench::without_server().journey("control", &[]);
    let problems: Vec<&str> = said["problems"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for kind in [
        "console: an error",
        "exception: thrown",
        "dialog: hello",
        "policy: script-src",
        "policy: img-src",
        "policy: style-src",
        "request to another host: http://192.0.2.1/",
        "no policy on /bare",
        "wider than the window",
        "axe critical button-name",
        "axe serious html-has-lang",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(kind)), "`{kind}` was not heard: {problems:#?}");
    }
}
