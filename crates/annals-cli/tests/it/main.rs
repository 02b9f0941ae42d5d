//! The binary as a person and a program meet it: every test runs it for real, in a folder of its own.

mod bad_input;
mod bed;
mod help;
mod import;
mod interrupt;
mod layers;
mod pipes;
mod read;
mod record;
mod show;
mod terminal;
