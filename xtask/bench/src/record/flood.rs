//! What happens when callers never pause: Annals makes them wait, `tracing-appender` drops. Both are told, and neither has a goal.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use annals::Audit;
use anyhow::anyhow;
use serde_json::json;

use super::{remove, say};
use crate::numbers::{Times, float, rate};
use crate::report::{Part, Table};
use crate::rival::{self, Rival};
use crate::sample::short_event;

const N_THREADS: usize = 4;
/// The sides take turns this long.
const SLICE: Duration = Duration::from_secs(5);
/// A call longer than this was waiting for room and not just unlucky with a core.
const WAIT: Duration = Duration::from_millis(1);

/// One side's account.
#[derive(Default)]
struct Side {
    times: Option<Times>,
    n_calls: u64,
    ran: Duration,
    /// All calls that waited, summed over the threads.
    n_waits: u64,
    waited: Duration,
    n_dropped: u64,
    /// Until everything of a slice was written, the slice included.
    written_after: Duration,
}

pub(super) fn measure(seconds: u64, folder: &Path, rival: &Rival) -> anyhow::Result<Part> {
    let mut part =
        Part::new("flood", json!({ "n_threads": N_THREADS, "seconds_a_side": seconds, "wait_ms": WAIT.as_millis() }));
    let n_slices = seconds.div_ceil(SLICE.as_secs()).max(1);
    let length = Duration::from_secs(seconds.max(1)) / u32::try_from(n_slices)?;
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    let data = folder.join("flood");
    let audit = Audit::open(&data)?;
    audit.record(short_event())?;
    audit.flush()?;
    for slice in 0..n_slices {
        say(&format!("flood: slice {} of {n_slices}", slice + 1));
        let began = Instant::now();
        run(length, &mut ours, || audit.record(short_event()).map(drop).map_err(anyhow::Error::from))?;
        audit.flush()?;
        ours.written_after += began.elapsed();
        let (began, n_calls, n_dropped) = (Instant::now(), theirs.n_calls, rival.n_dropped());
        run(length, &mut theirs, || {
            rival::say();
            Ok(())
        })?;
        rival.drain(theirs.n_calls - n_calls)?;
        theirs.written_after += began.elapsed();
        theirs.n_dropped += rival.n_dropped() - n_dropped;
    }
    audit.close()?;
    remove(&data)?;
    part.tables.push(table(&ours, &theirs));
    Ok(part)
}

fn table(ours: &Side, theirs: &Side) -> Table {
    let mut table = Table::new(
        "at full speed",
        &[
            "calls_a_second",
            "kept_a_second",
            "p50_us",
            "p99_us",
            "waits",
            "waited_share",
            "longest_ms",
            "dropped",
            "dropped_share",
        ],
    );
    for (name, side) in [("annals", ours), ("tracing", theirs)] {
        let quantile = |quantile| side.times.as_ref().map_or(f64::NAN, |times| times.micros(quantile));
        table.row(
            name,
            vec![
                rate(side.n_calls, side.ran),
                rate(side.n_calls - side.n_dropped, side.written_after),
                quantile(0.5),
                quantile(0.99),
                float(side.n_waits),
                side.waited.as_secs_f64() / (side.ran.as_secs_f64() * float(N_THREADS as u64)),
                side.times.as_ref().map_or(f64::NAN, Times::longest_micros) / 1e3,
                float(side.n_dropped),
                float(side.n_dropped) / float(side.n_calls.max(1)),
            ],
        );
    }
    table
}

/// Lets the threads call for so long, as fast as they can.
fn run(length: Duration, side: &mut Side, call: impl Fn() -> anyhow::Result<()> + Sync) -> anyhow::Result<()> {
    let barrier = Barrier::new(N_THREADS + 1);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..N_THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let (mut times, mut n_calls, mut n_waits, mut waited) = (Times::new(), 0, 0, Duration::ZERO);
                    barrier.wait();
                    while !stop.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        call()?;
                        let took = began.elapsed();
                        times.add(took);
                        n_calls += 1;
                        if took > WAIT {
                            n_waits += 1;
                            waited += took;
                        }
                    }
                    anyhow::Ok((times, n_calls, n_waits, waited))
                })
            })
            .collect();
        barrier.wait();
        let began = Instant::now();
        thread::sleep(length);
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            let (times, n_calls, n_waits, waited) = caller.join().map_err(|_| anyhow!("a caller panicked"))??;
            side.times.get_or_insert_with(Times::new).merge(&times);
            side.n_calls += n_calls;
            side.n_waits += n_waits;
            side.waited += waited;
        }
        side.ran += began.elapsed();
        Ok(())
    })
}
