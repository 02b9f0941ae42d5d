//! The document that describes the interface.

use serde_json::Value;

use crate::client::Client;
use crate::server::Server;

fn document(server: &Server) -> Value {
    let answer = Client::connect(server.address).ask("GET", "/openapi.json", &[], b"");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    answer.json()
}

/// Every `$ref` in a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(place) if name == "$ref" => found.push(place.clone()),
                    member => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_as_it_was_agreed_on() {
    let server = Server::start();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document(&server)).unwrap());
}

#[test]
fn every_reference_leads_somewhere_and_every_part_is_used() {
    let server = Server::start();
    let document = document(&server);
    let mut found = Vec::new();
    references(&document, &mut found);
    for place in &found {
        let pointer = place.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{place}");
    }
    // Every kind of failure is described, also one that no path names, since problem documents point there.
    for kind in ["parameters", "schemas"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let place = format!("#/components/{kind}/{name}");
            assert!(found.contains(&place), "{place} is used nowhere");
        }
    }
}

#[test]
fn a_problem_points_at_its_description() {
    let server = Server::start();
    let document = document(&server);
    for (path, status) in [("/v1/events?tol=x", 400), ("/v1/events/0190a5c0-0000-7000-8000-000000000000", 404)] {
        let problem = Client::connect(server.address).ask("GET", path, &[], b"");
        let said = problem.json();
        assert_eq!((problem.status, said["status"].as_u64()), (status, Some(u64::from(status))));
        let place = said["type"].as_str().unwrap().strip_prefix("/openapi.json#").unwrap();
        assert!(document.pointer(place).unwrap()["description"].is_string(), "{place}");
    }
}

#[test]
fn what_is_described_is_there() {
    let server = Server::start();
    server
        .audit
        .record(annals::Event::new("tool.invoked"))
        .unwrap()
        .wait_sealed(std::time::Duration::from_secs(20))
        .unwrap();
    let document = document(&server);
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "0190a5c0-0000-7000-8000-000000000000").replace("{path}", "0/000.p/1");
        for method in operations.as_object().unwrap().keys() {
            let mut client = Client::connect(server.address);
            client.head(&method.to_uppercase(), &path, &[("Content-Length", "0")]);
            let answer = client.answer_head();
            let is_problem = answer.header("content-type") == Some("application/problem+json");
            assert!(answer.status == 200 || is_problem, "{method} {path}: {}", answer.status);
            let known = &operations[method]["responses"];
            assert!(known[answer.status.to_string()].is_object(), "{method} {path}: {}", answer.status);
        }
    }
}
