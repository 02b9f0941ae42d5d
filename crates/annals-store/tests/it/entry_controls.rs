//! The suite of entries can fail: a store that keeps the contract has one flaw at a time, and a behaviour notices each.

use std::panic::{AssertUnwindSafe, catch_unwind};

use annals_store::suite::Database;
use annals_store::suite::awareness as suite;
use annals_testkit::{Flaw, Memory};

fn holds(behaviour: fn(&dyn Database), flaw: Flaw) -> bool {
    catch_unwind(AssertUnwindSafe(|| behaviour(&Memory::flawed(flaw)))).is_ok()
}

#[track_caller]
fn notices(behaviour: fn(&dyn Database), flaw: Flaw) {
    assert!(holds(behaviour, Flaw::None), "the behaviour fails without a flaw, and so would notice anything");
    assert!(!holds(behaviour, flaw), "nobody noticed {flaw:?}");
}

#[test]
fn flaws_of_keeping_are_noticed() {
    notices(suite::an_entry_is_given_back_as_it_was_put, Flaw::ForgetsTheLanguage);
    notices(suite::what_an_entry_was_is_kept_beside_it, Flaw::ForgetsChanges);
    notices(suite::an_entry_that_is_gone_is_nowhere, Flaw::PurgesIntoTheTrash);
    notices(suite::what_is_stale_is_found_in_every_space, Flaw::KeepsExpired);
    notices(suite::entries_are_there_after_closing_and_opening_again, Flaw::ChangesWhenClosed);
    notices(suite::a_scan_shows_every_entry_of_every_space, Flaw::ScansOneSpace);
    notices(suite::nothing_beside_the_entries_goes_astray, Flaw::AccusesItself);
}

#[test]
fn flaws_of_changing_are_noticed() {
    notices(suite::of_many_changes_at_once_none_is_lost, Flaw::ReadsStale);
    notices(suite::a_change_without_its_event_is_refused, Flaw::NeedsNoEvent);
    notices(suite::a_change_is_in_the_log_with_its_entry, Flaw::AnswersAnotherPlace);
    notices(suite::a_named_call_is_answered_as_before, Flaw::ForgetsAnswers);
    notices(suite::a_work_that_stops_leaves_nothing, Flaw::KeepsWhatStopped);
    notices(suite::a_work_that_panics_harms_nobody_else, Flaw::KeepsWhatPanicked);
    notices(suite::an_id_key_or_name_is_one_entrys, Flaw::TakesKeysTwice);
    notices(suite::a_key_is_made_once_by_many_at_once, Flaw::FindsNoKeyForChange);
}

#[test]
fn leaks_between_spaces_are_noticed() {
    for flaw in [Flaw::LeaksById, Flaw::LeaksPages, Flaw::LeaksWords, Flaw::LeaksTags] {
        notices(suite::nothing_of_a_space_is_seen_from_another, flaw);
    }
    notices(suite::who_read_an_entry_is_told_by_the_log, Flaw::LeaksUsage);
}

#[test]
fn flaws_of_pages_and_counts_are_noticed() {
    notices(suite::what_is_chosen_is_what_fits, Flaw::CountsAll);
    notices(suite::pages_show_each_entry_once, Flaw::RepeatsBetweenPages);
    notices(suite::a_page_ends_before_it_is_too_long, Flaw::KnowsNoBytes);
    notices(suite::what_is_expired_or_in_the_trash_is_absent, Flaw::ServesExpired);
    notices(suite::statistics_and_tags_count_live_entries, Flaw::CountsTheTrash);
}

#[test]
fn flaws_of_what_belongs_together_are_noticed() {
    notices(suite::related_entries_are_found_both_ways, Flaw::RelatesOneWay);
    notices(suite::words_find_entries_by_weight, Flaw::KnowsNoBytes);
    notices(suite::a_briefing_says_how_long_it_holds, Flaw::ForgetsWhatExpires);
    notices(suite::a_change_makes_another_revision, Flaw::KeepsItsRevision);
    notices(suite::a_briefing_has_what_it_needs, Flaw::ForgetsGlobalSuppressions);
    notices(suite::words_find_entries_by_weight, Flaw::WantsAllWords);
    notices(suite::phrases_are_needed_and_what_is_refused_stays_away, Flaw::HearsNoNot);
    notices(suite::what_stands_beside_a_hit_is_found_with_it, Flaw::LooksBesideNothing);
    notices(suite::what_stands_beside_a_hit_is_found_with_it, Flaw::LendsToAll);
    notices(suite::entries_that_say_the_same_come_as_one, Flaw::FoldsNothing);
    notices(suite::whoever_has_no_vector_waits_for_one, Flaw::EmbedsWhatChanged);
    notices(suite::whoever_has_no_vector_waits_for_one, Flaw::MixesModels);
    notices(suite::vectors_find_what_points_the_same_way, Flaw::KnowsNoDirection);
    notices(suite::one_at_a_time_has_the_turn_to_embed, Flaw::GivesTheTurnTwice);
    notices(suite::who_read_an_entry_is_told_by_the_log, Flaw::CountsOneReading);
    notices(suite::who_acted_on_an_entry_is_told_by_the_log, Flaw::ForgetsActionsDetails);
}
