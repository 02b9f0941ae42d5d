//! The server over real sockets, in the process of the tests.

mod access;
mod awareness;
mod client;
mod events;
mod following;
mod guards;
mod keyed;
mod limits;
mod mcp;
mod metrics;
mod openapi;
mod page;
mod posting;
mod reading;
mod server;
mod spaces;
mod streaming_in;
mod tree;
mod witness;
