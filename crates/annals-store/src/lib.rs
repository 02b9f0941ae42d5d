//! The contract between the services and their databases, and opening a store exactly once.
