//! MCP as clients meet it: in both lives of the protocol over a pipe in process, and over HTTP byte by byte.

mod both_lives;
mod broken;
pub(crate) mod over_http;
pub(crate) mod pipe;
mod spaces;
