//! From the words of the command line to the exit code, with every failure told in one place.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::arguments::{self, Parsed};
use crate::commands;
use crate::failure::{self, Exit, Failure};

/// Runs the command that these words ask for.
pub(crate) fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(hook) = arguments::hook_words(&words) {
        return commands::hook(&hook).into();
    }
    let result = match arguments::parse(words) {
        Ok(Parsed::Command(cli)) => commands::run(&cli),
        Ok(Parsed::Text(text)) => print(&text),
        Err(failure) => Err(failure),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure::tell(&failure);
            failure.exit().into()
        }
    }
}

/// Prints a help text or the version.
fn print(text: &str) -> Result<Exit, Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(Exit::Done)
}
