//! `annals completions`: what a shell needs to complete the commands and flags, made from their definitions.

use std::io::{self, Write};

use clap_complete::{Shell, generate};

use crate::arguments;
use crate::failure::{Exit, Failure};

/// Prints the completions for the shell.
pub(super) fn run(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(shell, &mut arguments::definition(), "annals", &mut script);
    let mut stdout = io::stdout().lock();
    stdout.write_all(&script)?;
    stdout.flush()?;
    Ok(Exit::Done)
}
