//! The seeds, run as they are, without a fuzzer.

mod seeds;
