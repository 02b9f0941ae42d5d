//! The server over real sockets, in the process of the tests.

mod events;
mod server;
