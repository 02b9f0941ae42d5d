//! The annals command: arguments, terminal output and wiring.

fn main() {}
