//! Settings, as a second process finds them in force.

use std::fmt::Write as _;

use cucumber::gherkin::Step;
use cucumber::{given, then};

use crate::child;
use crate::trail::Trail;

/// Starts the program with the layers of the step's table and keeps what it printed.
fn start(trail: &mut Trail, step: &Step, first_line: &str) {
    let mut argument = first_line.to_owned();
    let mut environment = Vec::new();
    for row in step.table.iter().flat_map(|table| table.rows.iter().skip(1)) {
        let [layer, name, value] = row.as_slice() else { panic!("a row has a layer, a name and a value: {row:?}") };
        match layer.as_str() {
            "environment" => environment.push((format!("ANNALS_{}", name.to_uppercase()), value.clone())),
            _ => write!(argument, "\n{layer} {name}={value}").unwrap(),
        }
    }
    let mut command = child::command("settings", &trail.data, &argument);
    command.envs(environment);
    let mut child = annals_testkit::Child::spawn("settings", command);
    trail.lines = child.rest();
    trail.lines.insert(0, child.wait().code().unwrap().to_string());
}

#[given("a program without settings")]
fn without(trail: &mut Trail, step: &Step) {
    start(trail, step, "");
}

#[given("a program with these settings")]
fn with(trail: &mut Trail, step: &Step) {
    start(trail, step, "");
}

#[given("a program that ignores its environment, with these settings")]
fn ignoring(trail: &mut Trail, step: &Step) {
    start(trail, step, "no-environment");
}

#[given("a program that sets its queue to 12 events by the builder")]
fn building(trail: &mut Trail, step: &Step) {
    start(trail, step, "builder");
}

#[then("these settings are in force")]
fn in_force(trail: &mut Trail, step: &Step) {
    assert_eq!(trail.lines[0], "0", "{:?}", trail.lines);
    for row in &step.table.as_ref().unwrap().rows {
        let line = row.join("|");
        assert!(trail.lines.contains(&line), "`{line}` is not among {:#?}", trail.lines);
    }
}

#[then(regex = "^the program refuses to start and names \"(.+)\" and \"(.+)\"$")]
fn refuses(trail: &mut Trail, variable: String, right: String) {
    assert_eq!(trail.lines[0], "2", "{:?}", trail.lines);
    assert!(trail.lines[1].contains(&variable) && trail.lines[1].contains(&right), "{}", trail.lines[1]);
}

#[then(regex = "^the program refuses to start and does not repeat \"(.+)\"$")]
fn keeps_quiet(trail: &mut Trail, secret: String) {
    assert_eq!(trail.lines[0], "2", "{:?}", trail.lines);
    assert!(!trail.lines.iter().any(|line| line.contains(&secret)), "{:?}", trail.lines);
}
