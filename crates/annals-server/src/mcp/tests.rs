//! The tools in both lives of the protocol, in process.
