//! `annals man`: the manual page, or a page for each command in a folder.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap_mangen::Man;

use crate::arguments;
use crate::failure::{Exit, Failure};

/// Prints the page, or writes all of them.
pub(super) fn run(dir: Option<&Path>) -> Result<Exit, Failure> {
    let command = arguments::definition();
    let Some(dir) = dir else {
        let page = rendered(command)?;
        let mut stdout = io::stdout().lock();
        stdout.write_all(&page)?;
        stdout.flush()?;
        return Ok(Exit::Done);
    };
    write(dir, "annals", command.clone())?;
    for sub in command.get_subcommands() {
        let name = format!("annals-{}", sub.get_name());
        write(dir, &name, sub.clone().name(name.clone()))?;
    }
    Ok(Exit::Done)
}

fn write(dir: &Path, name: &str, command: clap::Command) -> Result<(), Failure> {
    let path = dir.join(format!("{name}.1"));
    fs::write(&path, rendered(command)?).map_err(|error| {
        Failure::could_not(format!("could not write `{}`: {error} (hint: the folder must exist)", path.display()))
    })
}

fn rendered(command: clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .map_err(|error| Failure::could_not(format!("could not make the manual page: {error}")))?;
    Ok(page)
}
