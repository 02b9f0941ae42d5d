//! What a call costs its caller in bursts that fit the queue, beside `tracing`.
//!
//! A burst is what an agent's host does: some thousand events at once, then time to write them. Threads are released together by a barrier; between two bursts the
//! side that had its turn writes everything, so that no burst meets the rest of another. The sides take turns, and whose is first changes every round.
//! A call is timed whole: building the event, recording it, dropping the receipt; on the other side the macro. Both pay for reading the clock.

use std::hint::black_box;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::Instant;

use annals::Audit;
use anyhow::{anyhow, ensure};
use serde_json::json;

use super::{remove, say};
use crate::numbers::Times;
use crate::report::{Bound, Part, Table};
use crate::rival::{self, Rival};
use crate::sample::short_event;

/// How many events a burst has; the queue takes 10 000.
const N_EVENTS: usize = 8_000;
const N_THREADS: [usize; 3] = [1, 4, 16];
/// Rounds that nobody counts: files are made, caches filled.
const N_WARM_UP: usize = 3;
/// How often the clock is read for nothing.
const N_EMPTY: usize = 1_000_000;

const OURS: u8 = 0;
const THEIRS: u8 = 1;
const END: u8 = 2;

/// Both sides' times with some number of threads.
struct Sides {
    ours: Times,
    theirs: Times,
}

pub(super) fn measure(n_rounds: usize, folder: &Path, rival: &Rival) -> anyhow::Result<Part> {
    let empty = empty();
    let mut part = Part::new(
        "bursts",
        json!({
            "n_events_a_burst": N_EVENTS, "n_rounds": n_rounds, "n_threads": N_THREADS,
            "clock_p50_us": empty.micros(0.5), "clock_p99_us": empty.micros(0.99),
        }),
    );
    let mut table = Table::new("a call", &["p50_us", "p99_us", "p999_us", "longest_us"]);
    for n_threads in N_THREADS {
        say(&format!("bursts: {}", threads(n_threads)));
        let data = folder.join("bursts");
        let audit = Audit::open(&data)?;
        let sides = race(n_threads, n_rounds, &audit, rival)?;
        audit.close()?;
        remove(&data)?;
        for (name, times) in [("annals", &sides.ours), ("tracing", &sides.theirs)] {
            let figures = vec![times.micros(0.5), times.micros(0.99), times.micros(0.999), times.longest_micros()];
            table.row(format!("{}, {name}", threads(n_threads)), figures);
        }
        judge(&mut part, n_threads, &sides);
    }
    part.tables.push(table);
    Ok(part)
}

fn judge(part: &mut Part, n_threads: usize, sides: &Sides) {
    let (ours, theirs) = (&sides.ours, &sides.theirs);
    if n_threads == 1 {
        part.goal("p50 in µs with 1 thread", ours.micros(0.5), Bound::AtMost(1.0));
        part.goal(
            "p99 with 1 thread, times that of tracing",
            ours.micros(0.99) / theirs.micros(0.99),
            Bound::AtMost(2.0),
        );
    }
    let what = format!("p50 with {}, times that of tracing", threads(n_threads));
    part.goal(what, ours.micros(0.5) / theirs.micros(0.5), Bound::AtMost(1.0));
    if n_threads == 16 {
        part.goal("p99.9 in µs with 16 threads", ours.micros(0.999), Bound::Below(1_000.0));
    }
}

fn threads(n: usize) -> String {
    if n == 1 { "1 thread".to_owned() } else { format!("{n} threads") }
}

/// Reading the clock twice with nothing between.
fn empty() -> Times {
    let mut times = Times::new();
    for _ in 0..N_EMPTY {
        let began = Instant::now();
        black_box(());
        times.add(began.elapsed());
    }
    times
}

fn race(n_threads: usize, n_rounds: usize, audit: &Audit, rival: &Rival) -> anyhow::Result<Sides> {
    let share = N_EVENTS / n_threads;
    let barrier = Barrier::new(n_threads + 1);
    let turn = AtomicU8::new(OURS);
    let counts = AtomicBool::new(false);
    thread::scope(|scope| {
        let callers: Vec<_> =
            (0..n_threads).map(|_| scope.spawn(|| caller(share, &barrier, &turn, &counts, audit))).collect();
        let burst = |side| {
            turn.store(side, Ordering::Relaxed);
            barrier.wait();
            barrier.wait();
            match side {
                OURS => audit.flush().map_err(anyhow::Error::from),
                _ => rival.drain((share * n_threads) as u64),
            }
        };
        let mut trouble = Ok(());
        for round in 0..N_WARM_UP + n_rounds {
            counts.store(round >= N_WARM_UP, Ordering::Relaxed);
            let sides = if round % 2 == 0 { [OURS, THEIRS] } else { [THEIRS, OURS] };
            trouble = sides.into_iter().try_for_each(burst);
            if trouble.is_err() {
                break;
            }
        }
        turn.store(END, Ordering::Relaxed);
        barrier.wait();
        trouble?;
        let mut sides = Sides { ours: Times::new(), theirs: Times::new() };
        for caller in callers {
            let measured = caller.join().map_err(|_| anyhow!("a caller panicked"))??;
            sides.ours.merge(&measured.ours);
            sides.theirs.merge(&measured.theirs);
        }
        ensure!(rival.n_dropped() == 0, "`tracing-appender` dropped lines in a burst that fits its queue");
        Ok(sides)
    })
}

/// One thread: a share of every burst.
fn caller(
    share: usize,
    barrier: &Barrier,
    turn: &AtomicU8,
    counts: &AtomicBool,
    audit: &Audit,
) -> anyhow::Result<Sides> {
    let mut sides = Sides { ours: Times::new(), theirs: Times::new() };
    let mut uncounted = Times::new();
    let mut trouble = None;
    loop {
        barrier.wait();
        let side = turn.load(Ordering::Relaxed);
        let times = match side {
            _ if !counts.load(Ordering::Relaxed) => &mut uncounted,
            OURS => &mut sides.ours,
            _ => &mut sides.theirs,
        };
        match side {
            END => break,
            OURS => {
                for _ in 0..share {
                    let began = Instant::now();
                    let recorded = audit.record(short_event()).map(drop);
                    times.add(began.elapsed());
                    if let Err(error) = recorded {
                        trouble = Some(error);
                    }
                }
            }
            _ => {
                for _ in 0..share {
                    let began = Instant::now();
                    rival::say();
                    times.add(began.elapsed());
                }
            }
        }
        barrier.wait();
    }
    trouble.map_or(Ok(sides), |error| Err(error.into()))
}
