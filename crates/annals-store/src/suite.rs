//! The one suite that every backend passes unchanged.
//!
//! Each function is one behaviour that the [`EventStore`] contract promises, named by its promise, over a [`Database`] that the backend makes fresh for it.
//! [`event_store_suite!`](crate::event_store_suite) turns them all into tests of a backend's own crate:
//!
//! ```text
//! annals_store::event_store_suite!(|| SqliteDatabase::in_a_temporary_folder());
//! ```
//!
//! What a filter means is taken from [`Filter::fits`](crate::Filter::fits) and what sessions and statistics are from a plain walk over all rows, so that the suite holds no
//! second truth. It knows no backend, starts threads only with a deadline, and waits for nothing else.

mod appending;
pub mod awareness;
mod closing;
mod declaring;
mod erasing;
pub mod evidence;
mod filtering;
pub mod keyed;
mod model;
pub mod moving;
mod operating;
mod paging;
mod samples;
mod searching;
mod silence;
mod summing;
mod together;
mod writing;

use std::sync::Arc;

pub use appending::*;
pub use closing::*;
pub use declaring::*;
pub use erasing::*;
pub use filtering::*;
pub use operating::*;
pub use paging::*;
pub use samples::{Samples, benchmark_event};
pub use searching::*;
pub use silence::*;
pub use summing::*;

use crate::EventStore;

/// One database of a backend, empty when it is made and gone when it is dropped.
pub trait Database: Send + Sync {
    /// Opens it: for the first time, again after a close, or a second time beside stores that are open, as another process would.
    fn open(&self) -> Arc<dyn EventStore>;
}

/// One `#[test]` a behaviour for a backend. The argument makes a fresh [`Database`](crate::suite::Database) at each call.
#[macro_export]
macro_rules! event_store_suite {
    ($make:expr) => {
        $crate::event_store_suite! { @each $make =>
            a_batch_is_numbered_densely_in_its_order
            an_event_is_given_back_as_it_was_handed_in
            a_batch_told_twice_is_written_once
            what_lies_below_the_mark_is_skipped_and_the_rest_taken
            a_jump_is_refused_and_names_what_is_expected
            a_taken_prefix_can_be_continued_to_the_end
            nothing_at_all_writes_nothing
            a_producer_belongs_to_whom_first_used_it
            own_events_are_counted_by_the_database
            many_threads_and_producers_keep_their_order
            recorded_at_never_decreases
            two_stores_on_one_database_share_one_order
            a_gap_lets_the_next_event_follow
            a_gap_has_its_place_among_the_events
            a_gap_told_twice_or_late_is_declared_once
            a_gap_without_an_end_is_declared_once
            a_gap_beyond_the_mark_is_a_jump
            drops_are_declared_once_however_often_they_are_told
            a_refused_event_is_put_aside_and_declared
            a_refused_batch_writes_nothing
            putting_aside_twice_declares_once
            an_own_event_that_is_refused_is_put_aside
            what_a_dead_process_began_ends_unknown
            what_nobody_owns_ends_when_it_is_old
            what_nobody_owns_ends_with_its_session
            an_ended_operation_is_not_open
            an_operation_whose_id_was_used_before_is_open
            an_operation_whose_outcome_came_first_is_not_open
            operations_of_two_spaces_are_two
            an_unknown_outcome_copies_who_and_where
            operations_stay_open_across_a_reopening
            a_session_that_fell_silent_ends_once
            a_session_that_goes_on_is_left_alone
            a_session_that_began_again_ends_again
            a_session_whose_end_came_first_is_not_open
            sessions_of_two_spaces_are_two
            an_unknown_outcome_is_no_sign_of_life
            many_stores_end_each_session_once
            sessions_stay_open_across_a_reopening
            each_condition_alone_finds_what_fits
            conditions_together_find_what_fits_all
            random_filters_find_what_fits
            a_family_of_types_finds_registered_ones_too
            a_search_finds_what_has_all_its_words
            a_search_is_narrowed_by_its_fields
            a_search_finds_nothing_of_other_spaces
            words_that_are_taken_in_twice_are_found_once
            pages_show_each_event_once_in_either_order
            pages_show_each_event_once_while_others_append
            readers_never_see_half_a_batch
            a_full_page_says_where_to_go_on
            a_page_of_long_events_ends_early_and_goes_on
            a_cursor_of_the_other_order_is_refused
            a_page_that_examined_enough_says_how_far_it_came
            an_event_is_found_by_its_id
            ids_are_found_by_their_beginning
            sessions_are_found_by_their_beginning
            sessions_are_summed_up
            sessions_are_paged_in_either_order
            sessions_are_paged_once_each_while_others_record
            statistics_sum_up_each_span
            an_empty_log_answers_everything
            everything_is_there_after_closing_and_opening_again
            a_closed_store_says_so
            closing_twice_is_closing_once
        }
    };
    (@each $make:expr => $($behaviour:ident)+) => {
        $(
            #[test]
            fn $behaviour() {
                $crate::suite::$behaviour(&($make)());
            }
        )+
    };
}
