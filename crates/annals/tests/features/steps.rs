//! The sentences of the scenarios, by what they are about.

mod bus;
mod controls;
mod ending;
mod opening;
mod operations;
mod original;
mod queue;
mod receipts;
mod recording;
mod settings;
mod tail;
mod writer;
