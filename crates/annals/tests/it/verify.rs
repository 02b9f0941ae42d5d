//! Verifying: sound logs of many kinds, none of which is accused, and one tampering of each kind, which is called by its name.

mod flips;
mod malformed;
mod size;
mod sound;
mod sound_lives;
mod support;
mod tampered;
