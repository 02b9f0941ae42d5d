//! What can be asked.

use serde_json::{Value, json};

use super::at;
use super::parameters::of_question;
use super::problems::responses;
use crate::failure::Code;

/// Every path.
pub(super) fn all() -> Value {
    json!({
        "/v1/events": { "get": list(), "post": post() },
        "/v1/events/stream": { "get": stream() },
        "/v1/events/{id}": { "get": get() },
        "/v1/events/{id}/proof": { "get": proof() },
        "/v1/sessions": { "get": sessions() },
        "/v1/stats": { "get": stats() },
        "/v1/health": { "get": health() },
        "/log/checkpoint": { "get": checkpoint() },
        "/log/tile/{path}": { "get": tile() },
        "/openapi.json": { "get": itself() },
        "/healthz": { "get": healthz() },
        "/readyz": { "get": readyz() },
        "/metrics": { "get": metrics() },
    })
}

fn post() -> Value {
    let taken = json!({
        "application/json": { "schema": { "anyOf": [at("schemas", "Receipt"), at("schemas", "Receipts"), at("schemas", "Taken")] } },
    });
    let place = json!({ "Location": { "description": "Where the one event is, or will be.", "schema": { "type": "string", "format": "uri-reference" } } });
    let own = json!({
        "200": { "description": "The batch of another Annals is durable.", "content": { "application/json": { "schema": at("schemas", "Batch") } } },
        "202": { "description": "Accepted.", "headers": place, "content": taken },
        "201": { "description": "As far as was asked.", "headers": place, "content": taken },
    });
    json!({
        "operationId": "recordEvents",
        "tags": ["events"],
        "summary": "Records events",
        "description": "One event, an array of at most 10000, CloudEvents, or a stream of lines. All of an array is checked before anything of it is taken. \
            Lines are taken as they come: one that is wrong ends the request with its number, what was taken before it stays taken, and nothing after it is.",
        "parameters": [at("parameters", "wait"), at("parameters", "timeout"), at("parameters", "idempotency_key")],
        "requestBody": {
            "required": true,
            "content": {
                "application/json": { "schema": { "oneOf": [
                    at("schemas", "NewEvent"),
                    { "type": "array", "minItems": 1, "items": at("schemas", "NewEvent") },
                ] } },
                "application/x-ndjson": { "schema": { "type": "string", "description": "One `NewEvent` a line, of 1 MiB at most; any number of lines." } },
                "application/cloudevents+json": { "schema": at("schemas", "NewCloudEvent") },
                "application/cloudevents-batch+json": { "schema": { "type": "array", "minItems": 1, "items": at("schemas", "NewCloudEvent") } },
                "application/vnd.annals.batch+ndjson": { "schema": { "type": "string", "description": "What another Annals forwards." } },
            },
        },
        "responses": responses(&own, &[Code::Invalid, Code::SlowClient, Code::Conflict, Code::TooLarge, Code::UnsupportedMedia]),
    })
}

fn list() -> Value {
    let own = json!({ "200": {
        "description": "A page, or all that fits as lines.",
        "headers": { "Link": { "description": "The next page of CloudEvents.", "schema": { "type": "string" } } },
        "content": {
            "application/json": { "schema": at("schemas", "EventPage") },
            "application/x-ndjson": { "schema": { "type": "string", "description": "One `Event` a line: all that fit, or `limit` of them." } },
            "application/cloudevents-batch+json": { "schema": { "type": "array", "items": at("schemas", "CloudEvent") } },
        },
    } });
    json!({
        "operationId": "listEvents",
        "tags": ["events"],
        "summary": "Finds events",
        "description": "A page looks at 20 000 rows at most; if it isn't full by then it has a cursor and says how far it looked.",
        "parameters": of_question(true),
        "responses": responses(&own, &[Code::Invalid, Code::NotAcceptable]),
    })
}

fn stream() -> Value {
    let own = json!({ "200": {
        "description": "Events as they become durable, as server-sent events: `id` is the `seq`, `event` is `event`, `data` is an `Event`.",
        "content": { "text/event-stream": { "schema": { "type": "string" } } },
    } });
    let mut parameters = of_question(false);
    parameters.extend([at("parameters", "from"), at("parameters", "last_event_id")]);
    json!({
        "operationId": "followEvents",
        "tags": ["events"],
        "summary": "Follows the log",
        "parameters": parameters,
        "responses": responses(&own, &[Code::Invalid]),
    })
}

fn get() -> Value {
    let own = json!({ "200": {
        "description": "The event.",
        "content": {
            "application/json": { "schema": at("schemas", "Event") },
            "application/cloudevents+json": { "schema": at("schemas", "CloudEvent") },
        },
    } });
    json!({
        "operationId": "getEvent",
        "tags": ["events"],
        "summary": "Shows one event",
        "parameters": [at("parameters", "id")],
        "responses": responses(&own, &[Code::Invalid, Code::NotFound, Code::NotAcceptable]),
    })
}

fn proof() -> Value {
    let own = json!({ "200": {
        "description": "The event's tlog-proof.",
        "headers": { "Content-Disposition": { "description": "A file's name.", "schema": { "type": "string" } } },
        "content": { "text/plain": { "schema": { "type": "string" } } },
    } });
    json!({
        "operationId": "proveEvent",
        "tags": ["events", "log"],
        "summary": "Proves that the log holds an event",
        "description": "A file of <https://c2sp.org/tlog-proof>, which can be checked without Annals. It shows what the leaf shows, and the groups that `disclose` names.",
        "parameters": [at("parameters", "id"), at("parameters", "disclose")],
        "responses": responses(&own, &[Code::Invalid, Code::NotFound, Code::Conflict, Code::NotYet]),
    })
}

fn sessions() -> Value {
    let own = json!({ "200": {
        "description": "A page of sessions, by their last event.",
        "content": { "application/json": { "schema": at("schemas", "SessionPage") } },
    } });
    json!({
        "operationId": "listSessions",
        "tags": ["events"],
        "summary": "Lists sessions",
        "parameters": of_question(true),
        "responses": responses(&own, &[Code::Invalid]),
    })
}

fn stats() -> Value {
    let own = json!({ "200": {
        "description": "Counts by time, oldest first; spans without an event are left out.",
        "content": { "application/json": { "schema": at("schemas", "Stats") } },
    } });
    let mut parameters = of_question(false);
    parameters.push(at("parameters", "bucket"));
    json!({
        "operationId": "countEvents",
        "tags": ["events"],
        "summary": "Counts events by time",
        "parameters": parameters,
        "responses": responses(&own, &[Code::Invalid]),
    })
}

fn health() -> Value {
    let own = json!({ "200": {
        "description": "How the log is.",
        "content": { "application/json": { "schema": at("schemas", "Health") } },
    } });
    json!({
        "operationId": "getHealth",
        "tags": ["server"],
        "summary": "Says how the log is",
        "responses": responses(&own, &[]),
    })
}

fn checkpoint() -> Value {
    let own = json!({ "200": {
        "description": "The newest checkpoint: a signed note of <https://c2sp.org/tlog-checkpoint>.",
        "content": { "text/plain": { "schema": { "type": "string" } } },
    } });
    json!({
        "operationId": "getCheckpoint",
        "tags": ["log"],
        "summary": "Gives the newest checkpoint",
        "responses": responses(&own, &[Code::NotFound]),
    })
}

fn tile() -> Value {
    let own = json!({ "200": {
        "description": "The file. It never changes.",
        "content": { "application/octet-stream": { "schema": { "type": "string", "contentMediaType": "application/octet-stream" } } },
    } });
    json!({
        "operationId": "getTile",
        "tags": ["log"],
        "summary": "Gives a tile of the tree, or a bundle of its entries",
        "description": "As <https://c2sp.org/tlog-tiles> says: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`. Entries hold no content.",
        "parameters": [{
            "name": "path",
            "in": "path",
            "required": true,
            "description": "The rest of the path, slashes included.",
            "schema": { "type": "string", "minLength": 1 },
        }],
        "responses": responses(&own, &[Code::Invalid, Code::NotFound]),
    })
}

fn itself() -> Value {
    let own = json!({ "200": {
        "description": "This document.",
        "content": { "application/json": { "schema": { "type": "object" } } },
    } });
    json!({
        "operationId": "getOpenapi",
        "tags": ["server"],
        "summary": "Gives this document",
        "responses": responses(&own, &[]),
    })
}

fn readyz() -> Value {
    json!({
        "operationId": "isReady",
        "tags": ["server"],
        "summary": "Says whether what is recorded becomes durable",
        "security": [],
        "responses": {
            "200": { "description": "It does.", "content": { "text/plain": { "schema": { "type": "string" } } } },
            "403": at("responses", Code::Forbidden.as_str()),
            "503": at("responses", Code::Unavailable.as_str()),
        },
    })
}

fn metrics() -> Value {
    let own = json!({ "200": {
        "description": "Figures in the text format of Prometheus.",
        "content": { "text/plain": { "schema": { "type": "string" } } },
    } });
    json!({
        "operationId": "getMetrics",
        "tags": ["server"],
        "summary": "Gives figures of the server and the log",
        "responses": responses(&own, &[]),
    })
}

fn healthz() -> Value {
    json!({
        "operationId": "isAlive",
        "tags": ["server"],
        "summary": "Says that the server lives",
        "security": [],
        "responses": {
            "403": at("responses", Code::Forbidden.as_str()),
            "200": { "description": "It lives.", "content": { "text/plain": { "schema": { "type": "string" } } } },
        },
    })
}
