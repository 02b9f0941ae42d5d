//! What an entry of ours looks like, to write it and to know it again.
//!
//! There is no mark in a client's settings: an entry is ours when it runs a program called `annals` with `hook claude-code`, `wrap … --` or `mcp`.
//! So it is known again after the program has moved, and in a file that was copied from another machine.

use std::path::{Path, PathBuf};

use annals::Settings;

use crate::failure::Failure;
use crate::output::quoted;
use crate::settings;

/// The entry to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Own {
    /// This program's absolute path.
    pub(crate) program: String,
    /// The data directory's absolute path, where it isn't the platform's own.
    pub(crate) data: Option<String>,
}

/// An entry that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ours {
    pub(crate) program: String,
    pub(crate) data: Option<String>,
    /// Options that somebody added.
    pub(crate) others: Vec<String>,
}

impl Own {
    /// That of this process and these settings.
    pub(super) fn here(settings: &Settings) -> Result<Self, Failure> {
        let program = program()?;
        let program = if cfg!(windows) { program.replace('\\', "/") } else { program };
        Ok(Self { program, data: data(settings)? })
    }

    /// The shell's command line of a hook.
    pub(super) fn hook(&self, others: &[String]) -> String {
        let mut line = format!("{} hook claude-code", quoted(&self.program));
        for word in self.options(others) {
            line.push(' ');
            line.push_str(if word.starts_with("--") { &word } else { "" });
            if !word.starts_with("--") {
                line.push_str(&quoted(&word));
            }
        }
        line
    }

    /// The arguments of a wrapped server up to its own command.
    pub(super) fn wrap(&self, others: &[String]) -> Vec<String> {
        let mut words = vec!["wrap".to_owned()];
        words.extend(self.options(others));
        words.push("--".to_owned());
        words
    }

    /// The arguments of the server that agents remember with.
    pub(super) fn memory(&self, others: &[String]) -> Vec<String> {
        let mut words = vec!["mcp".to_owned()];
        words.extend(self.options(others));
        words
    }

    /// Whether an entry is what would be written.
    pub(super) fn is(&self, ours: &Ours) -> bool {
        self.program == ours.program && self.data == ours.data
    }

    fn options(&self, others: &[String]) -> Vec<String> {
        let data = self.data.iter().flat_map(|data| ["--data".to_owned(), data.clone()]);
        data.chain(others.iter().cloned()).collect()
    }
}

impl Ours {
    /// The entry that a hook's command line is.
    pub(super) fn of_hook(line: &str) -> Option<Self> {
        let words = words(line)?;
        let [program, hook, client, options @ ..] = words.as_slice() else { return None };
        (is_program(program) && hook == "hook" && client == "claude-code").then(|| Self::new(program, options))
    }

    /// The entry that a server's command and arguments are, with the place of its own command among the arguments.
    pub(super) fn of_wrap(command: &str, arguments: &[&str]) -> Option<(Self, usize)> {
        let end = arguments.iter().position(|word| *word == "--")?;
        let is_ours = is_program(command) && arguments.first() == Some(&"wrap") && end + 1 < arguments.len();
        let options: Vec<String> = arguments.get(1..end)?.iter().map(|word| (*word).to_owned()).collect();
        is_ours.then(|| (Self::new(command, &options), end + 1))
    }

    /// The entry that a server's command and arguments are, where it is the server that agents remember with.
    pub(super) fn of_memory(command: &str, arguments: &[&str]) -> Option<Self> {
        let [mcp, options @ ..] = arguments else { return None };
        let options: Vec<String> = options.iter().map(|word| (*word).to_owned()).collect();
        (is_program(command) && *mcp == "mcp").then(|| Self::new(command, &options))
    }

    fn new(program: &str, options: &[String]) -> Self {
        let (mut data, mut others) = (None, Vec::new());
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match option.strip_prefix("--data") {
                Some("") => data = options.next().cloned(),
                Some(value) if value.starts_with('=') => data = Some(value[1..].to_owned()),
                _ => others.push(option.clone()),
            }
        }
        Self { program: program.to_owned(), data, others }
    }
}

fn is_program(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    name == "annals" || name.eq_ignore_ascii_case("annals.exe")
}

/// The words of a simple command line; `None` where a quote isn't closed.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().push(characters.next()?),
            (Some(_), inner) => word.get_or_insert_default().push(inner),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (None, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// The path by which this program was called, where that leads to it: an update moves a link's target and leaves the link.
fn program() -> Result<String, Failure> {
    let could_not = |error| Failure::could_not(format!("could not find this program's own path: {error}"));
    let running = std::env::current_exe().map_err(could_not)?;
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let is_bare = called.components().count() == 1 && !called.is_absolute() && called.parent() == Some(Path::new(""));
    let candidates: Vec<PathBuf> = if is_bare {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|folder| folder.join(&called)).collect()
    } else {
        vec![called]
    };
    let real = running.canonicalize().map_err(could_not)?;
    let leads_here = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == real);
    let chosen = candidates.into_iter().find(leads_here).unwrap_or(running);
    text(&std::path::absolute(chosen).map_err(could_not)?)
}

/// The data directory as an entry names it.
pub(crate) fn data(settings: &Settings) -> Result<Option<String>, Failure> {
    if settings::is_default_data(settings) {
        return Ok(None);
    }
    let data = std::path::absolute(settings.data()).map_err(|error| {
        Failure::could_not(format!("could not find the way to `{}`: {error}", settings.data().display()))
    })?;
    text(&data).map(Some)
}

fn text(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::could_not(format!(
            "`{}` is not valid UTF-8, and settings in JSON can't name it (hint: move it)",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests;
