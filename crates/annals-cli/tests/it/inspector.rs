//! A client and a server that others wrote, with `annals wrap` between them: `inspector --cli` drives `server-filesystem`.
//!
//! Both sides of the wrapper are recorded by `tee`, so that within one run the bytes are compared as they are. Against a run without the wrapper lines are compared
//! sorted: the client answers the server and asks the next thing at the same moment, and either may come first. Nothing in the lines differs from run to run.
//! The programs are installed by `cargo xtask test --only node`; without them these tests fail.

mod folder;

use serde_json::{Value, json};

use crate::bed::Bed;
use folder::{Folder, Said};

/// What the client is asked for: the method, and the tool with its arguments.
type Asked<'a> = &'a [&'a str];

/// Runs the client on the server as it is, then on the server behind the wrapper, and holds the two against each other.
#[track_caller]
fn same_behind_the_wrapper(folder: &Folder, asked: Asked<'_>) -> Said {
    let bare = folder.drive("bare", asked);
    folder.clean();
    let wrapped = folder.drive("wrapped", asked);
    assert_eq!(wrapped.code, bare.code, "{wrapped:?}");
    assert_eq!((&wrapped.out, &wrapped.err), (&bare.out, &bare.err));

    let outside = folder.streams("wrapped");
    let inside = folder.streams("server");
    assert!(!outside.to_server.is_empty() && !outside.to_client.is_empty());
    assert_eq!(outside.to_server, inside.to_server, "what the server was told");
    assert_eq!(outside.to_client, inside.to_client, "what the client was told");
    assert_eq!(outside.code, inside.code);

    let without = folder.streams("bare");
    assert_eq!(sorted(&outside.to_server), sorted(&without.to_server));
    assert_eq!(sorted(&outside.to_client), sorted(&without.to_client));
    assert_eq!((outside.errors, outside.code), (without.errors, without.code));
    wrapped
}

/// Fails where one byte is another, which shows that the comparison above can.
#[test]
fn the_control_that_changes_a_byte_is_caught() {
    let folder = Folder::new();
    let said = folder.drive("tampered", &["--method", "tools/list"]);
    assert_eq!(said.code, Some(0), "the client does not mind: {said:?}");
    let (outside, inside) = (folder.streams("tampered"), folder.streams("server"));
    assert_eq!(outside.to_server, inside.to_server);
    assert_ne!(outside.to_client, inside.to_client);
    assert_eq!(outside.to_client.len(), inside.to_client.len());
}

fn sorted(stream: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = stream.split_inclusive(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines
}

/// The one operation of this type on record, its beginning and its end.
#[track_caller]
fn operation(bed: &Bed, event_type: &str) -> [Value; 2] {
    let mut rows = bed.good(&["query", "--order", "oldest"]).rows();
    assert_eq!(rows[0]["event_type"], "session.created");
    assert_eq!(rows[rows.len() - 1]["event_type"], "session.ended");
    rows.retain(|row| row["event_type"] == event_type);
    let [intent, outcome] = <[Value; 2]>::try_from(rows).expect("one call");
    assert_eq!((&intent["phase"], &outcome["phase"]), (&json!("intent"), &json!("outcome")));
    assert!(intent["operation_id"].is_string() && intent["operation_id"] == outcome["operation_id"]);
    assert!(outcome["duration_ms"].is_u64(), "{outcome}");
    for row in [&intent, &outcome] {
        assert_eq!((&row["client"], &row["actor_name"]), (&json!("inspector-cli"), &json!("inspector-cli")));
        assert_eq!(row["details"]["server"]["name"], "secure-filesystem-server");
    }
    assert_eq!(intent["details"]["arguments"], outcome["details"]["arguments"]);
    [intent, outcome]
}

#[test]
fn a_list_of_tools_is_an_operation() {
    let folder = Folder::new();
    let said = same_behind_the_wrapper(&folder, &["--method", "tools/list"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let tools = said.json()["tools"].as_array().unwrap().len();
    assert!(tools > 5, "{tools}");
    let [_, outcome] = operation(&folder.bed, "context.built");
    assert_eq!((&outcome["resource"], &outcome["outcome"]), (&json!("tools/list"), &json!("success")));
    assert!(outcome["details"]["result"]["bytes"].as_u64().unwrap() > 1_000, "{outcome}");
    let rows = folder.bed.good(&["query", "--type", "session.ended"]).rows();
    assert_eq!(rows[0]["details"]["exit_code"], 0);
}

#[test]
fn a_read_is_an_operation() {
    let folder = Folder::new();
    let path = folder.file("tea.txt");
    let said = same_behind_the_wrapper(&folder, &folder::call("read_text_file", &[&format!("path={path}")]));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.json()["content"][0]["text"], folder::TEA);
    let [_, outcome] = operation(&folder.bed, "tool.invoked");
    assert_eq!((&outcome["tool"], &outcome["outcome"]), (&json!("read_text_file"), &json!("success")));
    assert_eq!(outcome["resource"], path);
    assert_eq!(outcome["details"]["arguments"], json!({ "path": path }));
    assert!(outcome["details"]["result"]["bytes"].is_u64() && outcome["details"]["result"]["sha256"].is_string());
}

#[test]
fn a_write_is_an_operation_without_the_body() {
    let folder = Folder::new();
    let path = folder.file("new.txt");
    let body = "two cups of tea";
    let asked = [format!("path={path}"), format!("content={body}")];
    let said = same_behind_the_wrapper(&folder, &folder::call("write_file", &[&asked[0], &asked[1]]));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), body);
    let [intent, outcome] = operation(&folder.bed, "tool.invoked");
    assert_eq!((&outcome["tool"], &outcome["outcome"]), (&json!("write_file"), &json!("success")));
    assert_eq!(intent["details"]["arguments"]["path"], path);
    assert_eq!(intent["details"]["arguments"]["content"]["bytes"], body.len());
    let disk = crate::bed::bytes_below(&folder.bed.data());
    let holds = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("new.txt") && !holds(body));
}

#[test]
fn a_call_that_the_server_refuses_is_a_failure() {
    let folder = Folder::new();
    let said = same_behind_the_wrapper(&folder, &folder::call("read_text_file", &["path=/nowhere/tea.txt"]));
    // The client's own code for a tool that answers with an error.
    assert_eq!(said.code, Some(5), "{said:?}");
    assert_eq!(said.json()["isError"], true);
    let [_, outcome] = operation(&folder.bed, "tool.invoked");
    assert_eq!((&outcome["tool"], &outcome["outcome"]), (&json!("read_text_file"), &json!("failure")));
    assert_eq!(outcome["resource"], "/nowhere/tea.txt");
    let error = outcome["details"]["error"].to_string();
    assert!(error.contains("Access denied"), "{error}");
}

#[test]
fn a_server_that_does_not_start_fails_as_without_the_wrapper() {
    let folder = Folder::without_shared();
    // Without `tee`, which would keep the client's end open after the server has gone.
    let [bare, wrapped] = ["bare-alone", "wrapped-alone"].map(|way| folder.drive(way, &["--method", "tools/list"]));
    assert_eq!((wrapped.code, &wrapped.out, &wrapped.err), (bare.code, &bare.out, &bare.err));
    assert!(wrapped.code != Some(0) && wrapped.err.contains("accessible"), "the server says why: {wrapped:?}");
    let rows = folder.bed.good(&["query", "--order", "oldest"]).rows();
    assert_eq!((&rows[1]["event_type"], &rows[1]["details"]["exit_code"]), (&json!("session.ended"), &json!(1)));
}
