//! A real `annals serve`, on a port of its own that it keeps when it is started again.

use std::net::SocketAddr;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::Receiver;

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::{Bed, DEADLINE, lasting_port, lines};
use crate::wrap::in_time;

/// A server over a bed's data. Dropping it kills it.
pub(crate) struct Running {
    child: Option<Child>,
    pub(crate) address: SocketAddr,
    /// What it says on standard error, line by line.
    pub(crate) log: Receiver<String>,
}

impl Running {
    /// Starts it with these arguments and waits until it listens.
    pub(crate) fn start(bed: &Bed, listen: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut words = vec!["serve", "--listen", listen];
        words.extend_from_slice(arguments);
        let mut command = bed.command(&words);
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = lines(child.stderr.take().unwrap());
        let first = lines(child.stdout.take().unwrap()).recv_timeout(DEADLINE);
        let Ok(first) = first else {
            let _ = child.kill();
            panic!("it does not listen: {:?}", log.try_iter().collect::<Vec<_>>());
        };
        let address = first.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        Self { address: address.parse().unwrap(), child: Some(child), log }
    }

    /// The same on a port that it finds free when it is started again.
    pub(crate) fn on(bed: &Bed) -> Self {
        Self::start(bed, &format!("127.0.0.1:{}", lasting_port()), &[], &[])
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Kills it and starts it again on the same port.
    pub(crate) fn kill_and_start(&mut self, bed: &Bed) {
        self.kill();
        let listen = self.address.to_string();
        *self = Self::start(bed, &listen, &[], &[]);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        in_time("the server's end", move || child.wait().unwrap())
    }

    /// SIGTERM, and its end.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
