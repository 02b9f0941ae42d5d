//! The server over real sockets, in the process of the tests.

mod client;
mod events;
mod posting;
mod server;
mod streaming_in;
