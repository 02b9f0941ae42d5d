//! The shape of the machine, as far as figures depend on it: no names and no paths.

use serde_json::{Value, json};

/// What a reader has to know to compare.
pub(crate) fn shape() -> Value {
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_gib": status_kib("/proc/meminfo", "MemTotal:").map(|kib| kib.div_ceil(1 << 20)),
        "system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
    })
}

/// The resident memory of this process in bytes, and the most it ever was; `None` where the system does not tell.
pub(crate) fn resident_bytes() -> Option<(u64, u64)> {
    let read = |field| status_kib("/proc/self/status", field).map(|kib| kib * 1_024);
    Some((read("VmRSS:")?, read("VmHWM:")?))
}

/// A field that Linux gives in KiB.
fn status_kib(path: &str, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(path).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
