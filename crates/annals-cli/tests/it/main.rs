//! The binary as a person and a program meet it: every test runs it for real.
