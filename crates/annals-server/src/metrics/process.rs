//! What this process uses, under the names that all of Prometheus' client libraries give. Linux tells; elsewhere they are left out.

use metrics::{Label, Recorder};

use super::{Registry, float};

/// Name and description of each.
const ALL: [(&str, &str); 4] = [
    ("process_resident_memory_bytes", "Memory of this process that is in RAM."),
    ("process_open_fds", "Files and sockets that this process has open."),
    ("process_threads", "Threads of this process."),
    ("process_start_time_seconds", "When this process was started, in seconds since 1970."),
];

pub(super) fn describe(registry: &Registry) {
    for (name, about) in ALL {
        registry.recorder.describe_gauge(name.into(), None, about.into());
    }
    let name = "annals_build_info";
    registry.recorder.describe_gauge(name.into(), None, "Always 1; its label is the version that runs.".into());
    registry.gauge_with(name, &[Label::from_static_parts("version", env!("CARGO_PKG_VERSION"))]).set(1.0);
}

/// Looks the figures up.
pub(super) fn look(registry: &Registry) {
    let figures = [resident_bytes(), open_files(), n_threads(), started_at()];
    for ((name, _), figure) in ALL.into_iter().zip(figures) {
        if let Some(figure) = figure {
            registry.gauge_with(name, &[]).set(figure);
        }
    }
}

fn status(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

fn resident_bytes() -> Option<f64> {
    Some(status("VmRSS:")? * 1_024.0)
}

fn n_threads() -> Option<f64> {
    status("Threads:")
}

fn open_files() -> Option<f64> {
    // The folder that is being read is open too.
    let n_open = std::fs::read_dir("/proc/self/fd").ok()?.count().checked_sub(1)?;
    Some(float(u64::try_from(n_open).ok()?))
}

/// From when the machine was started and how many ticks later this process was (proc(5), field 22).
fn started_at() -> Option<f64> {
    /// What Linux shows to programs, on every architecture.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program is in brackets and may hold anything; the fields after it are numbered from 3.
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(22 - 3)?.parse().ok()?;
    let machine = std::fs::read_to_string("/proc/stat").ok()?;
    let booted_at: f64 = machine.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(booted_at + ticks / TICKS_PER_SECOND)
}
