//! Processes beside this one: this program again in another role, which records and may be killed.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use annals::{Audit, Settings};
use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};

use crate::random::Random;
use crate::work;

/// What a child is told.
#[derive(Args)]
pub(crate) struct Told {
    /// What to do
    role: Role,
    /// The data directory
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    seed: u64,
}

/// What a child does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Role {
    /// Records, closes and ends
    Some,
    /// Records until it is killed
    Forever,
    /// Records, then holds the database and records into its journal alone, says so and waits to be killed
    Leave,
    /// The same after so many events that the first of them are in no journal any more
    LeaveLate,
}

/// The smallest journal there is, and events that fill it.
const JOURNAL_BYTES: u64 = 256 << 10;
const N_FILLING: u64 = 1_200;
/// How many events a child records that ends of itself or leaves them.
const N_EVENTS: u64 = 60;
/// How many between two lines of one that never ends.
const N_BETWEEN: u64 = 10;

/// A running child; killed and reaped when it is dropped.
pub(crate) struct Child {
    process: std::process::Child,
    said: BufReader<ChildStdout>,
}

impl Told {
    /// Plays the role.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut random = Random::seeded(self.seed);
        let settings = Settings::new(&self.data).journal_bytes(JOURNAL_BYTES);
        let audit = Audit::with_settings(&settings)?;
        match self.role {
            Role::Some => {
                work::record(&audit, &mut random, N_EVENTS)?;
                audit.close()?;
                say()
            }
            Role::Forever => loop {
                work::record(&audit, &mut random, N_BETWEEN)?;
                // One that never ends, and then does.
                std::mem::forget(audit.begin(annals::Event::new("tool.invoked").tool("run"))?);
                say()?;
            },
            Role::Leave | Role::LeaveLate => {
                let n_before = if self.role == Role::Leave { N_BETWEEN } else { N_FILLING };
                work::record(&audit, &mut random, n_before)?;
                audit.flush()?;
                // What was durable until here is known outside.
                audit.checkpoint()?;
                let held = crate::attack::open(&self.data.join(crate::folder::DATABASE))?;
                held.execute_batch("BEGIN IMMEDIATE")?;
                work::record(&audit, &mut random, N_EVENTS)?;
                say()?;
                loop {
                    std::thread::park();
                }
            }
        }
    }
}

fn say() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "done")?;
    Ok(out.flush()?)
}

impl Child {
    /// Starts one.
    pub(crate) fn start(role: Role, data: &Path, seed: u64) -> anyhow::Result<Self> {
        let name = role.to_possible_value().context("a role has a name")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["child", name.get_name(), "--seed", &seed.to_string(), "--data"]).arg(data);
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start this program again")?;
        let said = BufReader::new(process.stdout.take().context("standard output was piped")?);
        Ok(Self { process, said })
    }

    /// Waits until it says that it has done something.
    pub(crate) fn wait_for_word(&mut self) -> anyhow::Result<()> {
        let mut line = String::new();
        ensure!(self.said.read_line(&mut line)? > 0, "a process that records ended and said nothing");
        Ok(())
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Waits for its end, which must be a good one.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        let status = self.process.wait()?;
        ensure!(status.success(), "a process that records ended with {status}");
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only for a child that was reaped already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
