//! The tools over a real log and a real database.

mod arguments;
mod contract;
mod desk;
mod differences;
mod embedding;
mod intentions;
mod knowledge;
mod named_calls;
mod records;
mod reporting;
mod sample;
mod spaces;
mod transcript;
mod transfer;
