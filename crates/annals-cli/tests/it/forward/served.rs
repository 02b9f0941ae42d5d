//! A real `annals serve` that is killed and started again on the same port.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::bed::{Bed, lasting_port};
use crate::wrap::in_time;

/// A server and its data directory. Dropping it kills it.
pub(crate) struct Served {
    bed: Bed,
    port: u16,
    child: Option<Child>,
}

impl Served {
    pub(crate) fn start() -> Self {
        let port = lasting_port();
        let mut served = Self { bed: Bed::new(), port, child: None };
        served.start_again();
        served
    }

    pub(crate) fn start_again(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let mut child = self
            .bed
            .command(&["serve", "--listen", &listen])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let said = in_time("the server's first line", move || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            line
        });
        assert!(said.contains("listening"), "{said}");
        self.child = Some(child);
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn kill_and_start_again(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Lets it end as an operator would.
    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = in_time("the server's end", move || child.wait().unwrap());
        assert!(status.success(), "{status}");
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn bed(&self) -> &Bed {
        &self.bed
    }

    /// Everything on record, the server's own included.
    pub(crate) fn rows(&self) -> Vec<Value> {
        let rows = self.bed.good(&["export", "--format", "ndjson"]).rows();
        rows.into_iter().filter(|row| row["event_type"].is_string()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}
