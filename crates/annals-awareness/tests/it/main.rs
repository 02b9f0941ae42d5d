//! The tools over a real log and a real database.

mod desk;
mod intentions;
mod knowledge;
mod records;
mod reporting;
