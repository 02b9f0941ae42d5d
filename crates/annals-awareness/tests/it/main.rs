//! The tools over a real log and a real database.

mod desk;
mod knowledge;
mod reporting;
