//! `GET /openapi.json`: what this interface takes and gives, as `OpenAPI` 3.1.
//!
//! Written by hand and assembled from the lists that the code itself goes by (columns, parameters, kinds of failure), so that a column or a failure added there is here too.

mod parameters;
mod paths;
mod problems;
mod schemas;

use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::trail::Trail;

/// The document.
pub(crate) async fn openapi(Extension(trail): Extension<Trail>) -> Json<Value> {
    let types: Vec<&str> = trail.app().audit.event_types().collect();
    Json(document(trail.app().config.access.asks(), &types))
}

/// All of it.
fn document(asks: bool, types: &[&str]) -> Value {
    // A server on a loopback that was given no credentials asks for none.
    let security = if asks { json!([{ "bearer": [] }]) } else { json!([]) };
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Annals",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "An audit trail of what AI agents did. An event is one flat object of columns, the same in and out. \
                What goes wrong is told as a problem document (RFC 9457) whose `code` is stable, and whose `type` points into this document.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "events", "description": "Events in and out." },
            { "name": "log", "description": "The tree under the events, by which the log can be proved." },
            { "name": "server", "description": "How the server is." },
        ],
        "security": security,
        "paths": paths::all(),
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the server's token file, or a JWT signed with its secret.",
                },
            },
            "parameters": parameters::all(),
            "responses": problems::all(),
            "schemas": schemas::all(types),
        },
    })
}

/// A reference to another part.
fn at(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}
