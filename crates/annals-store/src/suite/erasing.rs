//! Making content go: what is covered, in which order, and that the leaves stay.

use std::collections::BTreeSet;

use annals_event::{Column, Event, EventId, GroupKey, LeafGroup, StoredEvent, Timestamp};
use annals_tlog::{Checkpoint, Hash, SignerKey, Tile};

use super::Database;
use super::writing::{all, id, payload, plain, producer, rows, send, send_own};
use crate::{
    CarriedOut, Declared, ErasingStore, Erasure, ErrorKind, EventStore, EvidenceStore, Filter, Kept, MAX_COVERED,
    Origin, Pending, Refused, SealWish, Selection, TypePattern, Wording,
};

/// Later than anything that a test records.
const NEVER: Timestamp = Timestamp::from_nanos(i64::MAX);
const WORDING: Wording<'_> = Wording { reason: "case 12", credential: "uid:1000" };

/// One `#[test]` a behaviour for a backend that keeps evidence. The argument makes a fresh [`Database`](crate::suite::Database) at each call.
#[macro_export]
macro_rules! erasing_suite {
    ($make:expr) => {
        $crate::event_store_suite! { @each $make =>
            a_user_is_erased_and_nobody_else
            an_emptied_row_keeps_its_leaf
            erasing_twice_declares_once
            named_events_are_erased
            what_the_log_says_of_itself_is_never_erased
            what_is_too_young_is_spared
            pruning_takes_details_alone
            what_was_pruned_can_be_erased
            pruning_twice_or_after_erasing_declares_once
            whole_rows_go_under_full_tiles_alone
            whole_rows_go_though_they_were_emptied_before
            nothing_is_carried_out_before_it_is_sealed
            what_was_declared_is_finished_by_another_store
            carrying_out_twice_changes_nothing
            more_than_one_declaration_covers_is_declared_in_parts
            dead_letters_that_are_meant_are_emptied
            a_plan_writes_nothing
        }
    };
}

pub(super) fn by(user: &str) -> Event {
    Event::new("tool.invoked")
        .user(user)
        .tool("search")
        .session(format!("session of {user}"))
        .resource("/home/x")
        .details(serde_json::json!({ "asked": user }))
}

pub(super) fn of_user(user: &str) -> Erasure {
    Erasure { what: Selection::User(user.to_owned()), spare_since: NEVER }
}

fn of_events(ids: impl IntoIterator<Item = EventId>) -> Erasure {
    Erasure { what: Selection::Events(ids.into_iter().collect()), spare_since: NEVER }
}

pub(super) fn of_details(types: &[&str]) -> Erasure {
    let types = types.iter().map(|pattern| TypePattern::parse(pattern)).collect();
    Erasure { what: Selection::Details { before: NEVER, types }, spare_since: NEVER }
}

pub(super) fn of_rows() -> Erasure {
    Erasure { what: Selection::Rows { before: NEVER }, spare_since: NEVER }
}

fn erasing(store: &dyn EventStore) -> &dyn ErasingStore {
    store.erasing().expect("the store erases")
}

fn evidence(store: &dyn EventStore) -> &dyn EvidenceStore {
    store.evidence().expect("the store keeps evidence")
}

/// Signs all there is, under the key that the log has in every test.
pub(super) fn seal(store: &dyn EventStore) {
    let origin = evidence(store).standing().expect("its standing").origin;
    let name = origin.as_str().parse().expect("an origin names a key");
    let key = SignerKey::from_seed(name, &[7; 32]);
    evidence(store).pin_key(key.verifier()).expect("pinned");
    let wish = SealWish { interval: std::time::Duration::ZERO, kept: Kept::Named };
    evidence(store)
        .seal(wish, &mut |origin, head| {
            let checkpoint = Checkpoint::new(origin.clone(), head).expect("a head is a checkpoint's");
            Ok(checkpoint.sign(&[&key]).expect("a key signs"))
        })
        .expect("sealed");
}

fn declare(store: &dyn EventStore, erasure: &Erasure, from: u64) -> Option<Declared> {
    erasing(store).declare_erasure(erasure, WORDING, from).expect("declared")
}

fn carry_out(store: &dyn EventStore, declared: &Declared) -> CarriedOut {
    seal(store);
    erasing(store).carry_out(declared.seq).expect("carried out")
}

/// The whole of an erasure; answers the `seq` of its declarations.
pub(super) fn erase(store: &dyn EventStore, erasure: &Erasure) -> Vec<u64> {
    let mut declarations = Vec::new();
    let mut next = Some(0);
    while let Some(from) = next {
        let Some(declared) = declare(store, erasure, from) else { break };
        carry_out(store, &declared);
        declarations.push(declared.seq);
        next = declared.next;
    }
    erasing(store).empty_dead_letters(erasure).expect("emptied");
    declarations
}

/// Each row's leaf, computed from what the row still holds, is the one in the tree; answers the numbers of the rows that are there.
#[track_caller]
pub(super) fn check_leaves(store: &dyn EventStore) -> Vec<u64> {
    let size = evidence(store).standing().expect("its standing").tree.size;
    let mut leaves = Vec::new();
    for n in 0..size.div_ceil(256) {
        let tile = Tile::in_tree(0, n, size).expect("the tree has it");
        leaves.extend(tile.hashes(&evidence(store).tile(tile).expect("a tile")).expect("hashes"));
    }
    let mut there = Vec::new();
    evidence(store)
        .scan(i64::MIN, i64::MAX, &mut |scanned| {
            let content = scanned.content.expect("a row of ours");
            let seq = u64::try_from(scanned.seq).expect("a number of ours");
            let mut scratch = Vec::new();
            let commitments = match (content.salt, content.emptied) {
                (Some(salt), None) => content.row.commitments(&salt, &mut scratch),
                (None, Some(emptied)) => {
                    // What is left of the row is under the commitment that is kept.
                    for (group, key) in [(LeafGroup::Who, emptied.who_key), (LeafGroup::Context, emptied.context_key)] {
                        let mut bytes = Vec::new();
                        let has_bytes = content.row.group_bytes(group, &mut bytes);
                        assert_eq!(has_bytes, key.is_some(), "a key for what is left, and for nothing else");
                        if let Some(key) = key {
                            assert_eq!(emptied.commitments.get(group), Some(key.commit(&bytes)));
                        }
                    }
                    assert_eq!(content.row.details, None);
                    emptied.commitments
                }
                (salt, emptied) => {
                    panic!("row {seq} has a salt: {}, is emptied: {}", salt.is_some(), emptied.is_some())
                }
            };
            let mut entry = Vec::new();
            content.row.entry(&commitments, &mut entry);
            assert_eq!(Hash::of_leaf(&entry), leaves[usize::try_from(seq).expect("small")], "the leaf of row {seq}");
            there.push(seq);
        })
        .expect("scanned");
    there
}

/// That nothing of a row's groups is left.
#[track_caller]
fn check_empty(row: &StoredEvent) {
    assert!(row.erased_by.is_some(), "row {} says who emptied it", row.seq);
    assert_eq!((&row.credential, &row.details), (&None, &None));
    for column in Column::ALL {
        if annals_event::leaf_group(*column).is_some() {
            assert_eq!(row.get(*column), None, "`{}` of row {}", column.name(), row.seq);
        }
    }
}

fn by_seq(store: &dyn EventStore, seq: u64) -> StoredEvent {
    rows(store).into_iter().find(|row| row.seq == seq).expect("the row is there")
}

fn details_of(row: &StoredEvent) -> serde_json::Value {
    serde_json::from_str(row.details.as_deref().expect("a declaration has details")).expect("JSON")
}

/// Rows of the user go, be it theirs or on their behalf, and no other row changes.
pub fn a_user_is_erased_and_nobody_else(database: &dyn Database) {
    let store = database.open();
    let on_behalf = by("somebody").text(Column::OnBehalfOf, "ada");
    let events = [by("ada"), by("grace"), on_behalf, by("adaline"), Event::new("tool.invoked").resource("ada")];
    let payloads: Vec<_> = (0..).zip(&events).map(|(n, event)| payload(n, event)).collect();
    send(store.as_ref(), producer(1), 0, &payloads);
    let before = rows(store.as_ref());
    let declarations = erase(store.as_ref(), &of_user("ada"));
    assert_eq!(declarations, [5]);
    let after = rows(store.as_ref());
    for seq in [0, 2] {
        check_empty(&after[seq]);
        assert_eq!(after[seq].erased_by, Some(5));
        // What stands in the leaf in clear stays.
        assert_eq!((after[seq].id, &after[seq].event_type), (before[seq].id, &before[seq].event_type));
    }
    for seq in [1, 3, 4] {
        assert_eq!(after[seq], before[seq]);
    }
    let declaration = &after[5];
    assert_eq!(declaration.event_type, "audit.erased");
    assert_eq!(declaration.credential.as_deref(), Some("uid:1000"));
    let details = details_of(declaration);
    assert_eq!(details["reason"], "case 12");
    assert_eq!(details["groups"], serde_json::json!(["who", "context", "details"]));
    assert_eq!((&details["count"], &details["first"], &details["last"]), (&2.into(), &0.into(), &2.into()));
    // SHA-256 of 16 bytes: 0 and 2, each as eight bytes, the highest first.
    assert_eq!(details["sha256"], "692865c9a376a1a82d161b0f9578595554873797fa9ebbb068b797828122e61d");
    assert!(!declaration.details.as_deref().expect("details").contains("ada"), "it never names whom it is about");
}

/// The tree does not change, and an emptied row still shows its own leaf.
pub fn an_emptied_row_keeps_its_leaf(database: &dyn Database) {
    let store = database.open();
    let events: Vec<_> = (0..300).map(|n| payload(n, &by(if n % 2 == 0 { "ada" } else { "grace" }))).collect();
    send(store.as_ref(), producer(1), 0, &events);
    seal(store.as_ref());
    let sealed = evidence(store.as_ref()).standing().expect("its standing").tree;
    erase(store.as_ref(), &of_user("ada"));
    assert_eq!(evidence(store.as_ref()).root_at(sealed.size).expect("a root"), Some(sealed.root));
    assert_eq!(check_leaves(store.as_ref()).len(), 301);
}

/// A second erasure of the same finds nothing to declare.
pub fn erasing_twice_declares_once(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada"))]);
    assert_eq!(erase(store.as_ref(), &of_user("ada")), [1]);
    assert_eq!(erase(store.as_ref(), &of_user("ada")), [0; 0]);
    assert_eq!(erase(store.as_ref(), &of_events([id(0)])), [0; 0]);
    check_leaves(store.as_ref());
}

/// Events are erased by their ids; one that the log does not have is told.
pub fn named_events_are_erased(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &plain(0..4));
    let erasure = of_events([id(1), id(3), id(99)]);
    let plan = erasing(store.as_ref()).plan_erasure(&erasure).expect("a plan");
    assert_eq!((plan.n_events, plan.missing.as_slice()), (2, &[id(99)][..]));
    erase(store.as_ref(), &erasure);
    let emptied: Vec<u64> =
        rows(store.as_ref()).iter().filter(|row| row.erased_by.is_some()).map(|row| row.seq).collect();
    assert_eq!(emptied, [1, 3]);
    check_leaves(store.as_ref());
}

/// Events of `audit.*` are never covered, by whatever they are meant.
pub fn what_the_log_says_of_itself_is_never_erased(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada"))]);
    let own: BTreeSet<EventId> = erase(store.as_ref(), &of_user("ada"))
        .iter()
        .map(|declaration| by_seq(store.as_ref(), *declaration).id)
        .collect();
    for erasure in [of_events(own), of_details(&[])] {
        let plan = erasing(store.as_ref()).plan_erasure(&erasure).expect("a plan");
        assert_eq!((plan.n_events, plan.n_kept_for_ever), (0, 1));
        assert_eq!(declare(store.as_ref(), &erasure, 0), None);
    }
}

/// What was recorded at the moment or later stays, and is counted.
pub fn what_is_too_young_is_spared(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada"))]);
    send_own(store.as_ref(), &[payload(1, &by("ada"))]);
    let log = rows(store.as_ref());
    assert!(log[0].recorded_at < log[1].recorded_at, "two transactions have two times");
    let erasure = Erasure { spare_since: log[1].recorded_at, ..of_user("ada") };
    let plan = erasing(store.as_ref()).plan_erasure(&erasure).expect("a plan");
    assert_eq!((plan.n_events, plan.n_spared), (1, 1));
    erase(store.as_ref(), &erasure);
    check_empty(&by_seq(store.as_ref(), 0));
    assert_eq!(by_seq(store.as_ref(), 1), log[1]);
}

/// Details of old events of the types go; who and where stay, with keys by which they can still be shown.
pub fn pruning_takes_details_alone(database: &dyn Database) {
    let store = database.open();
    let other = Event::new("plan.created").plan("P-1").details(serde_json::json!({ "step": 1 }));
    let without = Event::new("tool.invoked").tool("search");
    send_own(store.as_ref(), &[payload(0, &by("ada")), payload(1, &other), payload(2, &without)]);
    let before = rows(store.as_ref());
    let declarations = erase(store.as_ref(), &of_details(&["tool.*"]));
    assert_eq!(declarations, [3]);
    let after = rows(store.as_ref());
    assert_eq!(after[0].details, None);
    assert_eq!(after[0].erased_by, Some(3));
    assert_eq!((after[0].get(Column::UserIdentity), &after[0].credential), (Some("ada"), &before[0].credential));
    assert_eq!(after[1..3], before[1..3], "another type, and one that has no details");
    let details = details_of(&after[3]);
    assert_eq!(after[3].event_type, "audit.pruned");
    assert_eq!(
        (&details["groups"], &details["types"]),
        (&serde_json::json!(["details"]), &serde_json::json!(["tool.*"]))
    );
    check_leaves(store.as_ref());
}

/// A pruned row is erased later: its keys go too, and its commitments stay as they were kept first.
pub fn what_was_pruned_can_be_erased(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada"))]);
    erase(store.as_ref(), &of_details(&[]));
    let keys = |store: &dyn EventStore| -> (Option<GroupKey>, Option<GroupKey>) {
        let mut keys = (None, None);
        evidence(store)
            .scan(0, 0, &mut |row| {
                let emptied = row.content.expect("a row of ours").emptied.expect("it was emptied");
                keys = (emptied.who_key, emptied.context_key);
            })
            .expect("scanned");
        keys
    };
    assert!(matches!(keys(store.as_ref()), (Some(_), Some(_))));
    let declarations = erase(store.as_ref(), &of_user("ada"));
    check_empty(&by_seq(store.as_ref(), 0));
    assert_eq!(by_seq(store.as_ref(), 0).erased_by, declarations.first().copied());
    assert_eq!(keys(store.as_ref()), (None, None));
    check_leaves(store.as_ref());
}

/// Where there are no details any more there is nothing to prune.
pub fn pruning_twice_or_after_erasing_declares_once(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada")), payload(1, &by("grace"))]);
    erase(store.as_ref(), &of_user("ada"));
    assert_eq!(erase(store.as_ref(), &of_details(&[])).len(), 1);
    check_empty(&by_seq(store.as_ref(), 0));
    assert_eq!(erase(store.as_ref(), &of_details(&[])), [0; 0]);
    check_leaves(store.as_ref());
}

/// Rows go in full tiles from the log's start, those of `audit.*` excepted; what is left has its leaf, and the tree all of them.
pub fn whole_rows_go_under_full_tiles_alone(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &plain(0..10));
    erase(store.as_ref(), &of_events([id(3)]));
    send_own(store.as_ref(), &plain(10..600));
    let size = evidence(store.as_ref()).standing().expect("its standing").tree.size;
    seal(store.as_ref());
    let root = evidence(store.as_ref()).root_at(size).expect("a root");
    let plan = erasing(store.as_ref()).plan_erasure(&of_rows()).expect("a plan");
    assert_eq!((plan.n_events, plan.span), (511, Some((0, 511))));
    erase(store.as_ref(), &of_rows());
    let there = check_leaves(store.as_ref());
    assert_eq!(there, std::iter::once(10).chain(512..=size).collect::<Vec<_>>(), "the declaration of before is kept");
    assert_eq!(evidence(store.as_ref()).root_at(size).expect("a root"), root);
    assert_eq!(erase(store.as_ref(), &of_rows()), [0; 0], "the rest is under no full tile");
    // The log goes on.
    let next = send_own(store.as_ref(), &plain([700]));
    assert_eq!(next, [size + 1]);
}

/// Rows that were emptied are deleted like others.
pub fn whole_rows_go_though_they_were_emptied_before(database: &dyn Database) {
    let store = database.open();
    let events: Vec<_> = (0..300).map(|n| payload(n, &by(if n % 2 == 0 { "ada" } else { "grace" }))).collect();
    send_own(store.as_ref(), &events);
    erase(store.as_ref(), &of_user("ada"));
    erase(store.as_ref(), &of_details(&[]));
    let before: Vec<_> = all(store.as_ref(), &Filter::new().event_type("audit.*"));
    erase(store.as_ref(), &of_rows());
    assert_eq!(check_leaves(store.as_ref()).first(), Some(&256));
    assert!(erasing(store.as_ref()).unfinished_erasures().expect("read").is_empty(), "what is gone needs no emptying");
    assert_eq!(all(store.as_ref(), &Filter::new().event_type("audit.*"))[..before.len()], before);
}

/// Without a checkpoint behind it a declaration has no effect.
pub fn nothing_is_carried_out_before_it_is_sealed(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada"))]);
    seal(store.as_ref());
    let declared = declare(store.as_ref(), &of_user("ada"), 0).expect("there is something");
    let refused = erasing(store.as_ref()).carry_out(declared.seq).expect_err("it is not sealed");
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert_eq!(by_seq(store.as_ref(), 0).get(Column::UserIdentity), Some("ada"));
    carry_out(store.as_ref(), &declared);
    check_empty(&by_seq(store.as_ref(), 0));
    assert!(erasing(store.as_ref()).carry_out(0).is_err(), "an event that declares nothing");
}

/// A declaration that was left is found and finished by whoever comes next, who need not know whom it is about.
pub fn what_was_declared_is_finished_by_another_store(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada")), payload(1, &by("grace"))]);
    let declared = declare(store.as_ref(), &of_user("ada"), 0).expect("there is something");
    store.close().expect("closed");
    let store = database.open();
    let left = erasing(store.as_ref()).unfinished_erasures().expect("read");
    assert_eq!(left.iter().map(|left| (left.seq, left.n_rows)).collect::<Vec<_>>(), [(declared.seq, 1)]);
    let done = carry_out(store.as_ref(), &left[0]);
    assert_eq!(done.ids, [id(0)]);
    assert!(erasing(store.as_ref()).unfinished_erasures().expect("read").is_empty());
    check_empty(&by_seq(store.as_ref(), 0));
    check_leaves(store.as_ref());
}

/// Told twice, done once.
pub fn carrying_out_twice_changes_nothing(database: &dyn Database) {
    let store = database.open();
    send_own(store.as_ref(), &[payload(0, &by("ada")), payload(1, &by("grace"))]);
    for erasure in [of_details(&[]), of_user("ada")] {
        let declared = declare(store.as_ref(), &erasure, 0).expect("there is something");
        carry_out(store.as_ref(), &declared);
        let once = rows(store.as_ref());
        carry_out(store.as_ref(), &declared);
        assert_eq!(rows(store.as_ref()), once);
        check_leaves(store.as_ref());
    }
}

/// One declaration covers so many rows and no more.
pub fn more_than_one_declaration_covers_is_declared_in_parts(database: &dyn Database) {
    let store = database.open();
    let n_events = MAX_COVERED as u64 + 300;
    send_own(store.as_ref(), &(0..n_events).map(|n| payload(n, &by("ada"))).collect::<Vec<_>>());
    let declarations = erase(store.as_ref(), &of_user("ada"));
    assert_eq!(declarations, [n_events, n_events + 1]);
    let counts: Vec<_> =
        declarations.iter().map(|seq| details_of(&by_seq(store.as_ref(), *seq))["count"].as_u64()).collect();
    assert_eq!(counts, [Some(MAX_COVERED as u64), Some(300)]);
    assert_eq!(check_leaves(store.as_ref()).len() as u64, n_events + 2);
    let parts = erase(store.as_ref(), &of_rows());
    assert_eq!(parts.len(), 2);
    let last = &details_of(&by_seq(store.as_ref(), parts[0]))["last"];
    assert_eq!(last.as_u64().map(|last| (last + 1) % 256), Some(0), "a part ends at a full tile");
    assert_eq!(check_leaves(store.as_ref()).first(), Some(&(n_events / 256 * 256)));
}

/// Refused events are emptied too; the letter and the event that declares it stay.
pub fn dead_letters_that_are_meant_are_emptied(database: &dyn Database) {
    let store = database.open();
    for (pseq, user) in [(0, "ada"), (1, "grace")] {
        let event = payload(pseq, &by(user));
        let refused = Refused {
            origin: Origin::Producer(producer(1)),
            event: Pending { pseq, payload: &event },
            reason: "a reason",
            credential: None,
        };
        store.bury(&refused).expect("buried");
    }
    let plan = erasing(store.as_ref()).plan_erasure(&of_user("ada")).expect("a plan");
    assert_eq!((plan.n_events, plan.n_dead_letters), (0, 1));
    let declarations = erase(store.as_ref(), &of_user("ada"));
    let details = details_of(&by_seq(store.as_ref(), declarations[0]));
    assert_eq!((&details["count"], &details["dead_letters"]), (&0.into(), &1.into()));
    assert_eq!(store.n_dead_letters().expect("counted"), 2);
    assert_eq!(erase(store.as_ref(), &of_user("ada")), [0; 0]);
    assert_eq!(erasing(store.as_ref()).plan_erasure(&of_user("grace")).expect("a plan").n_dead_letters, 1);
}

/// Looking at what would go changes nothing.
pub fn a_plan_writes_nothing(database: &dyn Database) {
    let store = database.open();
    let other = Event::new("plan.created").user("ada");
    send_own(store.as_ref(), &[payload(0, &by("ada")), payload(1, &by("ada")), payload(2, &other)]);
    let before = rows(store.as_ref());
    let plan = erasing(store.as_ref()).plan_erasure(&of_user("ada")).expect("a plan");
    assert_eq!((plan.n_events, plan.span, plan.n_unfinished), (3, Some((0, 2)), 0));
    assert_eq!(plan.by_type, [("plan.created".to_owned(), 1), ("tool.invoked".to_owned(), 2)]);
    assert_eq!(rows(store.as_ref()), before);
}
