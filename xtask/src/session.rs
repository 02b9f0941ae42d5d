//! README's terminal session, run as a person would run it, and held against what README shows.
//!
//! The commands of all `console` blocks are typed in their order into one terminal of 80 columns, at the root of the checkout and with an empty home directory, and each must
//! succeed and print what stands under it. What differs from run to run (ids, dates, times) or from machine to machine (folders, the user, the host) is not compared, and a line
//! `…` stands for any number of lines. `cargo xtask session --write` puts the real output into README.
//! The alternative, output pasted by hand, is true on the day it is pasted.
//!
//! A command that ends in `&` goes on in the background until the session ends; what it prints first stands under it.
//! Of cargo's commands only `cargo run … -p annals-cli -- …` is part of the session, as `annals …`: the others build and test, which is done already.

use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use crate::process::{self, cargo};
use crate::session::background::Background;
use crate::workspace::Workspace;

mod background;
mod compare;

/// How README starts the binary before it is installed.
const FROM_SOURCE: &str = "cargo run --release -p annals-cli --";
/// What README shows where the machine has its user's home directory.
const HOME: &str = "/home/ada";

/// Holds README against a run.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let readme = workspace.read("README.md")?;
    let real = replay(&readme, &mut Terminal::open(workspace)?)?;
    let mut n_wrong = 0;
    for (shown, real) in blocks(&readme).iter().zip(blocks(&real)) {
        for (shown, real) in shown.iter().zip(real) {
            if !compare::alike(&shown.output, &real.output) {
                n_wrong += 1;
                let (command, shown, real) = (&shown.command, shown.output.join("\n"), real.output.join("\n"));
                println!("$ {command}\n--- README shows\n{shown}\n--- it prints\n{real}\n");
            }
        }
    }
    if n_wrong > 0 {
        bail!("{n_wrong} commands of README print something else (hint: `cargo xtask session --write` puts it there)");
    }
    Ok(())
}

/// The command `session`: `--write` puts the real output into README.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    match arguments {
        [] => run(workspace),
        [flag] if flag == "--write" => {
            let readme = workspace.read("README.md")?;
            let real = replay(&readme, &mut Terminal::open(workspace)?)?;
            fs::write(workspace.root.join("README.md"), real)?;
            Ok(())
        }
        _ => bail!("`session` takes `--write` or nothing"),
    }
}

/// A command and what stands under it.
#[derive(PartialEq, Eq, Debug)]
struct Shown {
    command: String,
    output: Vec<String>,
}

/// Where a session is typed. A trait, so that rewriting is tested without a binary.
trait Typing {
    /// Runs a command and answers the lines that it printed.
    fn type_in(&mut self, command: &str) -> anyhow::Result<Vec<String>>;
}

/// A terminal with a home directory of its own.
struct Terminal {
    root: PathBuf,
    home: PathBuf,
    path: String,
    /// What is told of this machine, and what README tells in its place.
    places: Vec<(String, String)>,
    /// What was started with `&`, ended when the session is over.
    background: Vec<Background>,
}

impl Terminal {
    fn open(workspace: &Workspace) -> anyhow::Result<Self> {
        process::run(&mut cargo(["build", "--package", "annals-cli"]))?;
        let home = workspace.target.join("session");
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::create_dir_all(&home)?;
        let path = std::env::var("PATH").unwrap_or_default();
        let user = process::output(Command::new("id").arg("-un"))?;
        let host = process::output(Command::new("uname").arg("-n"))?;
        let debug = workspace.target.join("debug");
        let places = vec![
            (shown_path(&home), HOME.to_owned()),
            (shown_path(&debug), format!("{HOME}/.cargo/bin")),
            (format!("user {}", user.trim()), "user ada".to_owned()),
            (format!("host {}", host.trim()), "host workshop".to_owned()),
        ];
        Ok(Self {
            root: workspace.root.clone(),
            home,
            path: format!("{}:{path}", shown_path(&debug)),
            places,
            background: Vec::new(),
        })
    }
}

impl Typing for Terminal {
    fn type_in(&mut self, command: &str) -> anyhow::Result<Vec<String>> {
        println!("$ {command}");
        let in_background = command.strip_suffix('&').map(str::trim_end);
        let mut script = if let Some(command) = in_background {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("exec {command}")]);
            shell
        } else {
            let mut script = Command::new("script");
            let typed = format!("stty cols 80 rows 24; {command}");
            script.args(["--quiet", "--return", "--command", &typed, "/dev/null"]);
            script
        };
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ANNALS_") || name.starts_with("XDG_")) {
            script.env_remove(name);
        }
        script.current_dir(&self.root).env("HOME", &self.home).env("PATH", &self.path).env("SHELL", "/bin/sh");
        script.env("NO_COLOR", "1").env("TERM", "xterm").env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
        let text = match in_background {
            Some(_) => {
                let (background, first) = Background::start(&mut script)?;
                self.background.push(background);
                first
            }
            None => process::output(&mut script)?.replace("^D\u{8}\u{8}", ""),
        };
        let text = self.places.iter().fold(text, |text, (real, shown)| text.replace(real, shown));
        Ok(text.lines().map(|line| line.trim_end().to_owned()).collect())
    }
}

fn shown_path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The document with the real output under each command of the session; what says the same already stays as it is.
fn replay(readme: &str, terminal: &mut dyn Typing) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut is_console = false;
    let mut lines = readme.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line.starts_with("```") {
            is_console = !is_console && line == "```console";
        } else if let Some(typed) = line.strip_prefix("$ ").filter(|_| is_console) {
            let command = typed.replace(FROM_SOURCE, "annals");
            if command.starts_with("cargo ") {
                continue;
            }
            let is_output = |line: &&str| !line.starts_with("```") && !line.starts_with("$ ");
            let shown: Vec<String> = iter::from_fn(|| lines.next_if(is_output)).map(str::to_owned).collect();
            let real = terminal.type_in(&command)?;
            for line in if compare::alike(&shown, &real) { shown } else { real } {
                out.push_str(&line);
                out.push('\n');
            }
        }
    }
    Ok(out)
}

/// The console blocks of a document.
fn blocks(document: &str) -> Vec<Vec<Shown>> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while lines.by_ref().any(|line| line == "```console") {
        let mut block: Vec<Shown> = Vec::new();
        for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
            match (line.strip_prefix("$ "), block.last_mut()) {
                (Some(command), _) => block.push(Shown { command: command.to_owned(), output: Vec::new() }),
                (None, Some(shown)) => shown.output.push(line.to_owned()),
                (None, None) => {}
            }
        }
        blocks.push(block);
    }
    blocks
}

#[cfg(test)]
mod tests;
