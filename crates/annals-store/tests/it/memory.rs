//! The store in memory passes the whole suite, and the suite's list is complete.

use annals_testkit::Memory;

annals_store::event_store_suite!(Memory::new);

mod entries {
    use annals_testkit::Memory;

    annals_store::awareness_store_suite!(Memory::new);
}

/// A behaviour that was written and not listed would be tested by no backend.
#[test]
fn every_behaviour_is_in_the_list() {
    let sources = [
        include_str!("../../src/suite/appending.rs"),
        include_str!("../../src/suite/closing.rs"),
        include_str!("../../src/suite/declaring.rs"),
        include_str!("../../src/suite/filtering.rs"),
        include_str!("../../src/suite/operating.rs"),
        include_str!("../../src/suite/paging.rs"),
        include_str!("../../src/suite/summing.rs"),
    ];
    check_listed(&sources, include_str!("../../src/suite.rs"), 40);
    let sources = [
        include_str!("../../src/suite/awareness/changing.rs"),
        include_str!("../../src/suite/awareness/looking.rs"),
        include_str!("../../src/suite/awareness/using.rs"),
    ];
    check_listed(&sources, include_str!("../../src/suite/awareness.rs"), 20);
}

#[track_caller]
fn check_listed(sources: &[&str], list: &str, more_than: usize) {
    let written: Vec<&str> = sources
        .iter()
        .flat_map(|source| source.lines())
        .filter_map(|line| line.strip_prefix("pub fn ")?.split_once('('))
        .map(|(name, _)| name)
        .collect();
    assert!(written.len() > more_than, "found only {}", written.len());
    for name in written {
        assert!(list.lines().any(|line| line.trim() == name), "`{name}` is not in its suite's list");
    }
}
