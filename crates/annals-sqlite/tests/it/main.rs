//! The store on real files: appending, reading, several writers, and files that are not what they should be.

mod append;
mod files;
mod marks;
mod operations;
mod reading;
mod suite;
mod support;
mod writers;
