//! Verifying: sound logs of many kinds, none of which is accused, and one tampering of each kind, which is called by its name.

mod flips;
mod sound;
mod support;
mod tampered;
