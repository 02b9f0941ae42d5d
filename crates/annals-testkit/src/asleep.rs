//! Whether a thread of this process sleeps, as the kernel tells it.

use std::fs;

/// Whether there is a thread of this name and every one of that name sleeps, as one does that waits for a lock, a condition or a file.
///
/// The kernel keeps 15 bytes of a thread's name. Reads `/proc/self/task`, so it works on Linux alone, where the tests that need it run.
#[track_caller]
pub fn is_asleep(thread_name: &str) -> bool {
    let tasks = fs::read_dir("/proc/self/task")
        .expect("`/proc` tells which threads there are (hint: this test needs Linux with /proc mounted)");
    let mut states = tasks
        .filter_map(Result::ok)
        .filter(|task| {
            // A thread may end between the listing and the look.
            fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim_end() == thread_name)
        })
        .map(|task| {
            let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            // The name in parentheses comes before the state and may hold anything.
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
        })
        .peekable();
    states.peek().is_some() && states.all(|sleeps| sleeps)
}

#[cfg(test)]
mod tests;
