//! Each question is asked where its answer is, and where it has none when that is asked for.

use super::{Owner, Place, Plan};
use crate::eval::dataset::Each;
use crate::eval::sample::{locomo, longmemeval};

#[expect(clippy::unnecessary_wraps, reason = "the plan has places that may be missing")]
fn place(space: usize, source: Option<&str>) -> Option<Place> {
    Some(Place { space, source: source.map(str::to_owned) })
}

fn filled(plan: &Plan) -> Vec<&[usize]> {
    plan.spaces.iter().map(|space| &space.haystacks[..]).collect()
}

#[test]
fn conversations_lie_together_and_each_is_left_out_once() {
    let plan = Plan::of(&locomo(), Each::Turn, Owner::Us);
    assert_eq!(filled(&plan), [&[0, 1][..], &[1], &[0]]);
    assert_eq!(plan.homes, [place(0, None), place(0, None)]);
    assert_eq!(plan.elsewhere, [place(1, None), place(2, None)]);
    assert_eq!(plan.n_homes(), 1);
    let plan = plan.without_elsewhere();
    assert_eq!(filled(&plan), [&[0, 1][..]]);
    assert_eq!(plan.elsewhere, [None, None]);
}

#[test]
fn each_haystack_has_its_space_and_is_asked_elsewhere_only_where_its_answer_is_not() {
    let plan = Plan::of(&longmemeval(), Each::Turn, Owner::Us);
    assert_eq!(filled(&plan), [&[0][..], &[1], &[2]]);
    assert_eq!(plan.homes, [place(0, None), place(1, None), place(2, None)]);
    // The second haystack holds the session that answers the first question; the third holds nothing of either.
    assert_eq!(plan.elsewhere[..2], [place(2, None), place(2, None)]);
}

#[test]
fn on_a_server_of_others_a_haystack_is_a_source() {
    let plan = Plan::of(&longmemeval(), Each::Turn, Owner::Them);
    assert_eq!(filled(&plan), [&[0, 1, 2][..]]);
    assert_eq!(plan.homes[1], place(0, Some("haystack2")));
    assert_eq!(plan.elsewhere[0], place(0, Some("haystack3")));
    assert_eq!(Plan::of(&locomo(), Each::Turn, Owner::Them).elsewhere, [None, None]);
}

#[test]
fn only_haystacks_of_questions_are_filled_where_each_has_its_own() {
    let mut dataset = longmemeval();
    dataset.keep_questions(1);
    let plan = Plan::of(&dataset, Each::Turn, Owner::Us);
    assert_eq!(filled(&plan), [&[2][..]]);
    // The space of a haystack is called the same whichever questions are asked.
    assert_eq!(plan.spaces[0].name, Plan::of(&longmemeval(), Each::Turn, Owner::Us).spaces[2].name);
}

#[test]
fn turns_and_sessions_of_a_kept_database_do_not_mix() {
    let name = |each| Plan::of(&locomo(), each, Owner::Us).spaces[0].name.clone();
    assert_ne!(name(Each::Turn), name(Each::Session));
}
