//! Events as JSON: what comes over HTTP and MCP, from a file of an import and from the command line.

use annals_event::json;

use crate::check;

pub(crate) fn run(bytes: &[u8]) {
    match json::from_slice(bytes) {
        Ok(event) => check::recorded(&event),
        Err(invalid) => check::refused(&invalid),
    }
}
