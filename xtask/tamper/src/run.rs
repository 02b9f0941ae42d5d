//! All tries, on as many threads as there are processors.
//!
//! A try depends on the seed, the attack and its number alone, so that neither the order nor the threads change what comes out.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use annals::verify::{Report, Verdict};
use anyhow::{Context, bail};

use crate::attack::{Attack, Place};
use crate::control::{self, Control};
use crate::original::Original;
use crate::random::Random;
use crate::tally::{NO_VERDICT, SOUND, Tally};
use crate::{folder, judge};

/// What came out.
pub(crate) struct Run {
    pub(crate) n_events: u64,
    pub(crate) attacks: Vec<Tally>,
    pub(crate) limits: Vec<Tally>,
    pub(crate) controls: Vec<Tally>,
}

/// The word for `--only` that stands for all controls.
const CONTROLS: &str = "controls";

/// One try of one attack or control.
enum Try<'a> {
    Attack(usize, &'a Attack, u64),
    Control(usize, &'a Control, u64),
}

/// Tries everything that is asked for.
pub(crate) fn run(
    attacks: &[Attack],
    limits: &[Attack],
    seed: u64,
    n_tries: u64,
    only: &[String],
) -> anyhow::Result<Run> {
    let is_known = |name: &String| name == CONTROLS || attacks.iter().chain(limits).any(|attack| attack.name == *name);
    if let Some(unknown) = only.iter().find(|name| !is_known(name)) {
        bail!("no attack `{unknown}` (hint: `--list` prints them)");
    }
    let is_wanted = |name: &str| only.is_empty() || only.iter().any(|wanted| wanted == name);
    let wanted = |from: &'_ [Attack]| from.iter().filter(|attack| is_wanted(&attack.name)).count();
    let n_attacks = wanted(attacks);
    let attacks: Vec<&Attack> = attacks.iter().chain(limits).filter(|attack| is_wanted(&attack.name)).collect();
    let controls: &[Control] = if is_wanted(CONTROLS) { control::ALL } else { &[] };
    let scratch = folder::scratch()?;
    let original = Original::make(scratch.path(), seed).context("cannot make the log")?;
    let mut tries = Vec::new();
    for (at, attack) in attacks.iter().enumerate() {
        tries.extend((0..n_tries).map(|number| Try::Attack(at, attack, number)));
    }
    // The untouched logs are so many in all, whatever they went through.
    for number in 0..if controls.is_empty() { 0 } else { n_tries.max(controls.len() as u64) } {
        let at = usize::try_from(number)? % controls.len();
        tries.push(Try::Control(at, &controls[at], number));
    }
    let run = Mutex::new(Run {
        n_events: original.n_events,
        attacks: attacks.iter().map(|attack| Tally::new(&attack.name, attack.expected)).collect(),
        limits: Vec::new(),
        controls: controls.iter().map(|control| Tally::new(control.name, SOUND)).collect(),
    });
    let next = AtomicUsize::new(0);
    let work = |thread: usize| -> anyhow::Result<()> {
        while let Some(one) = tries.get(next.fetch_add(1, Ordering::Relaxed)) {
            let folder = scratch.path().join(format!("try-{thread}"));
            one.make(&original, seed, &folder, &run)?;
            std::fs::remove_dir_all(&folder)?;
        }
        Ok(())
    };
    let n_threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|thread| scope.spawn(move || work(thread))).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(done) => done,
            Err(_) => bail!("a thread panicked"),
        })
    })?;
    let mut run = run.into_inner().unwrap_or_else(PoisonError::into_inner);
    run.limits = run.attacks.split_off(n_attacks);
    Ok(run)
}

impl Try<'_> {
    fn make(&self, original: &Original, seed: u64, data: &Path, run: &Mutex<Run>) -> anyhow::Result<()> {
        match self {
            Self::Attack(at, attack, number) => {
                folder::copy_evidence(&original.data, data)?;
                let random = Random::of_try(seed, &attack.name, *number);
                let mut place = Place { data: data.to_path_buf(), original, random };
                let done = (attack.act)(&mut place).with_context(|| format!("try {number} of `{}`", attack.name))?;
                let report = judge::report(data, done.key.as_ref());
                let tally = &mut run.lock().unwrap_or_else(PoisonError::into_inner).attacks[*at];
                add(tally, report, &format!("try {number}: {}", done.what));
            }
            Self::Control(at, control, number) => {
                let mut random = Random::of_try(seed, control.name, *number);
                let reports = (control.make)(original, data, &mut random)
                    .with_context(|| format!("try {number} of `{}`", control.name))?;
                let tally = &mut run.lock().unwrap_or_else(PoisonError::into_inner).controls[*at];
                for report in reports {
                    add(tally, Ok(report), &format!("try {number}"));
                }
            }
        }
        Ok(())
    }
}

/// A log that can't be looked at counts as one that was not judged, whatever was done to it.
fn add(tally: &mut Tally, report: anyhow::Result<Report>, what: &str) {
    match report {
        Ok(report) => {
            let verdict = report.verdict().map_or(SOUND, Verdict::as_str);
            tally.add(verdict, || {
                let found =
                    report.findings.iter().take(3).map(|finding| format!("{}: {}", finding.verdict, finding.text));
                format!("{what}; {}", found.collect::<Vec<_>>().join("; "))
            });
        }
        Err(error) => tally.add(NO_VERDICT, || format!("{what}; {error:#}")),
    }
}
