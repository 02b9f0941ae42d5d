//! A command that goes on while others are typed: a server, which says in its first line that it listens.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// A program in the background. Dropping it ends it.
pub(super) struct Background(Child);

impl Background {
    /// Starts it and waits for its first line, or for its end.
    pub(super) fn start(command: &mut Command) -> anyhow::Result<(Self, String)> {
        let (reader, writer) = std::io::pipe().context("no pipe for a program in the background")?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let child = command.spawn().context("cannot start a program in the background")?;
        // The command holds the pipe's other end as well, and would keep it open.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut lines = BufReader::new(reader);
        let mut first = String::new();
        lines.read_line(&mut first).context("a program in the background says nothing")?;
        // It may say more later, and must not be held up for it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok((Self(child), first))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
