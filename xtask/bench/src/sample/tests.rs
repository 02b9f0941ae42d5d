//! The sample log has what the benchmarks look for, or they would measure nothing.

use std::collections::{HashMap, HashSet};

use super::*;
use annals::{Column, Outcome, Phase};

const N_EVENTS: usize = 120_000;

#[test]
fn the_work_is_like_a_real_log() {
    let mut work = Work::seeded(1);
    let (mut sessions, mut operations, mut projects) = (HashSet::new(), HashMap::new(), HashMap::new());
    let mut n_failed = 0;
    let mut n_rare = 0;
    for _ in 0..N_EVENTS {
        let event = work.event();
        sessions.insert(event.get(Column::SessionId).expect("every event has a session").to_owned());
        *projects.entry(event.get(Column::ProjectName).expect("and a project").to_owned()).or_insert(0_usize) += 1;
        if let Some(operation) = event.get(Column::OperationId) {
            operations.entry(operation.to_owned()).or_insert_with(Vec::new).push(event.phase_value());
        }
        n_failed += usize::from(event.outcome_value() == Some(Outcome::Failure));
        n_rare += usize::from(event.get(Column::Client) == Some(RARE_CLIENT));
    }
    assert!((200..1_000).contains(&sessions.len()), "{} sessions", sessions.len());
    assert!(operations.len() > N_EVENTS / 8, "{} operations", operations.len());
    assert!(
        operations
            .values()
            .all(|phases| matches!(phases.as_slice(), [Phase::Intent] | [Phase::Intent, Phase::Outcome]))
    );
    let largest = projects.values().max().copied().unwrap_or_default();
    assert!(largest > 10 * N_EVENTS / projects.len(), "the largest of {} projects has {largest}", projects.len());
    assert!(n_failed > 0);
    assert_eq!(n_rare, 1);
}

#[test]
fn a_seed_gives_the_same_events() {
    let shown = |seed| {
        let mut work = Work::seeded(seed);
        (0..100).map(|_| work.event().get(Column::Resource).map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(shown(7), shown(7));
    assert_ne!(shown(7), shown(8));
}

#[test]
fn the_short_event_is_short() {
    let event = short_event();
    let n_details = event.details_value().map_or(0, |details| details.to_string().len());
    assert!((90..=120).contains(&n_details), "{n_details} bytes of details");
    for event in short_events(1, 100) {
        let n_details = event.details_value().map_or(0, |details| details.to_string().len());
        assert!((90..=120).contains(&n_details), "{n_details} bytes of details");
    }
}

#[test]
fn skewed_numbers_stay_below_their_end() {
    let mut random = Random::seeded(3);
    let numbers: Vec<u64> = (0..10_000).map(|_| random.skewed(60)).collect();
    assert!(numbers.iter().all(|number| *number < 60));
    assert!(numbers.iter().filter(|number| **number == 0).count() > 1_500);
    assert!(numbers.contains(&59));
}
