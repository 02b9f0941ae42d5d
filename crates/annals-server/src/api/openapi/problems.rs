//! What can go wrong, once for each code.

use serde_json::{Map, Value, json};

use super::at;
use crate::api::problem::status_of;
use crate::failure::Code;

/// The responses, by code.
pub(super) fn all() -> Value {
    let responses: Map<String, Value> = Code::ALL.iter().map(|code| (code.as_str().to_owned(), one(*code))).collect();
    Value::Object(responses)
}

fn one(code: Code) -> Value {
    let mut response = json!({
        "description": code.about(),
        "content": { "application/problem+json": { "schema": at("schemas", "Problem") } },
    });
    let seconds =
        json!({ "description": "Try again after so many seconds.", "schema": { "type": "integer", "minimum": 0 } });
    if code.is_retryable() {
        response["headers"] = json!({ "Retry-After": seconds });
    }
    if code == Code::Unauthorized {
        response["headers"] = json!({ "WWW-Authenticate": { "description": "How to come with a credential.", "schema": { "type": "string" } } });
    }
    response
}

/// The responses of one operation: its own, and its failures by status. Failures that share a status share a description.
pub(super) fn responses(own: &Value, failures: &[Code]) -> Value {
    let mut all = own.as_object().cloned().unwrap_or_default();
    // Any request may meet these.
    let common =
        [Code::Unauthorized, Code::Forbidden, Code::Overloaded, Code::Unavailable, Code::Internal, Code::Timeout];
    for code in failures.iter().chain(&common) {
        let status = status_of(*code).as_u16().to_string();
        let response = if all.contains_key(&status) {
            let same: Vec<&str> = failures
                .iter()
                .chain(&common)
                .filter(|other| status_of(**other) == status_of(*code))
                .map(|other| other.about())
                .collect();
            json!({
                "description": same.join(" "),
                "content": { "application/problem+json": { "schema": at("schemas", "Problem") } },
            })
        } else {
            at("responses", code.as_str())
        };
        all.insert(status, response);
    }
    Value::Object(all)
}
