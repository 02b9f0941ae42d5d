//! The suite can fail: a store that keeps the contract is broken in one place at a time, and a behaviour notices each.
//!
//! Each fault is one that a real backend could have, made by changing what goes into or comes out of a good store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_event::{EventId, ProducerId, StoredEvent, Timestamp};
use annals_store::suite::{self, Database};
use annals_store::{
    Appended, Batch, Bucket, BucketWidth, Error, ErrorKind, EventStore, Filter, Head, LogId, Mark, OpenOperations,
    Order, Origin, Page, PageRequest, Pending, Refused, SessionPage, Sheds,
};
use annals_testkit::Memory;

/// What is wrong with a store.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fault {
    /// The control of the controls.
    None,
    ForgetsMarks,
    TakesAnybodysBatch,
    WritesHalfARefusedBatch,
    TakesJumps,
    DeclaresDropsByWhatIsTold,
    MovesTheMarkWithoutDeclaring,
    BuriesTwice,
    EndsOperationsOfOthers,
    EndsNothing,
    EndsSessionsThatGoOn,
    MixesUpTheOrder,
    RecordsBackwards,
    LosesDetails,
    CountsWithoutTheFilter,
    IgnoresTheUpperEndOfTime,
    IgnoresWhatASearchRefuses,
    IgnoresTheSpace,
    FindsAnyOfTheWords,
    FindsPhrasesAnywhere,
    IgnoresTheTypesOfASearch,
    IgnoresTheSourcesOfASearch,
    TakesWordsInForEachWhoAsks,
    SkipsARowBetweenPages,
    KnowsNoBytes,
    RepeatsARowBetweenPages,
    TakesAnyCursor,
    ExaminesWithoutEnd,
    StaysOpen,
    FindsIdsInNoOrder,
    SumsUpWithoutDenials,
    ListsEachSessionOnce,
    ForgetsWhereTheLogEnded,
}

struct Broken {
    inner: Arc<dyn EventStore>,
    fault: Fault,
    n_calls: AtomicU64,
    n_indexed: AtomicU64,
}

struct BrokenDatabase {
    memory: Memory,
    fault: Fault,
}

impl Database for BrokenDatabase {
    fn open(&self) -> Arc<dyn EventStore> {
        Arc::new(Broken {
            inner: self.memory.open(),
            fault: self.fault,
            n_calls: AtomicU64::new(0),
            n_indexed: AtomicU64::new(0),
        })
    }
}

/// A request that pages on a row too late or too early, or whose cursor is turned round.
fn shifted(request: &PageRequest, by: i64) -> PageRequest {
    let cursor = request.cursor.map(|cursor| {
        let by = if cursor.order() == Order::Oldest { by } else { -by };
        annals_store::Cursor::after(cursor.order(), cursor.seq().saturating_add_signed(by))
    });
    PageRequest { cursor, ..*request }
}

/// A filter as a store takes it that overhears a part of what is searched for.
fn overheard(filter: &Filter, fault: Fault) -> Filter {
    let mut filter = filter.clone();
    if fault == Fault::IgnoresTheSpace {
        filter.space = None;
    }
    let Some(search) = &mut filter.search else { return filter };
    match fault {
        Fault::IgnoresWhatASearchRefuses => search.without.clear(),
        Fault::FindsAnyOfTheWords => search.words = vec![search.words.concat()],
        Fault::FindsPhrasesAnywhere => search.words.extend(search.phrases.drain(..).flatten()),
        Fault::IgnoresTheTypesOfASearch => search.event_types.clear(),
        Fault::IgnoresTheSourcesOfASearch => search.sources.clear(),
        _ => {}
    }
    filter
}

impl EventStore for Broken {
    fn append(&self, batch: &Batch<'_>) -> Result<Appended, Error> {
        let number = self.n_calls.fetch_add(1, Ordering::SeqCst);
        let sheds = batch.sheds;
        match self.fault {
            Fault::ForgetsMarks => {
                let mut bytes = [0x77; 16];
                bytes[..8].copy_from_slice(&number.to_be_bytes());
                let events: Vec<Pending<'_>> =
                    (0..).zip(batch.events).map(|(pseq, event)| Pending { pseq, ..*event }).collect();
                self.inner.append(&Batch {
                    origin: Origin::Producer(ProducerId::from_bytes(bytes)),
                    events: &events,
                    ..batch.clone()
                })
            }
            Fault::WritesHalfARefusedBatch => self.inner.append(batch).inspect_err(|error| {
                if error.kind() == ErrorKind::RowRefused {
                    let half = &batch.events[..batch.events.len() / 2];
                    let _ = self.inner.append(&Batch { events: half, ..batch.clone() });
                }
            }),
            Fault::TakesAnybodysBatch => self.inner.append(&Batch { credential: None, ..batch.clone() }),
            Fault::TakesJumps => self.inner.append(batch).or_else(|error| {
                if error.kind() == ErrorKind::Jump {
                    return Ok(Appended {
                        n_taken: batch.events.len(),
                        seqs: vec![None; batch.events.len()],
                        n_gaps: 0,
                        buried: Vec::new(),
                    });
                }
                Err(error)
            }),
            Fault::DeclaresDropsByWhatIsTold if sheds.total > 0 => {
                let Origin::Producer(producer) = batch.origin else { return self.inner.append(batch) };
                let known = self.inner.mark(producer)?.n_shed;
                self.inner.append(&Batch { sheds: Sheds { total: known + sheds.total, ..sheds }, ..batch.clone() })
            }
            Fault::MovesTheMarkWithoutDeclaring => {
                let appended = self.inner.append(batch)?;
                Ok(Appended { n_gaps: 0, ..appended })
            }
            _ => self.inner.append(batch),
        }
    }

    fn bury(&self, refused: &Refused<'_>) -> Result<Option<u64>, Error> {
        if self.fault == Fault::BuriesTwice {
            self.inner.bury(&Refused { origin: Origin::Own { owner: None }, ..*refused })?;
        }
        self.inner.bury(refused)
    }

    fn end_operations(&self, which: OpenOperations) -> Result<u64, Error> {
        match self.fault {
            Fault::EndsNothing => Ok(0),
            Fault::EndsOperationsOfOthers => {
                let all = OpenOperations::UnownedBefore(Timestamp::from_nanos(i64::MAX));
                Ok(self.inner.end_operations(which)? + self.inner.end_operations(all)?)
            }
            _ => self.inner.end_operations(which),
        }
    }

    fn end_sessions(&self, silent_since: Timestamp) -> Result<u64, Error> {
        match self.fault {
            Fault::EndsNothing => Ok(0),
            Fault::EndsSessionsThatGoOn => self.inner.end_sessions(Timestamp::from_nanos(i64::MAX)),
            _ => self.inner.end_sessions(silent_since),
        }
    }

    fn query(&self, filter: &Filter, request: &PageRequest) -> Result<Page, Error> {
        if self.fault == Fault::ExaminesWithoutEnd {
            let mut page = self.inner.query(filter, request)?;
            while let (true, Some(cursor)) = (page.examined_to.is_some(), page.cursor) {
                let next = self.inner.query(filter, &PageRequest { cursor: Some(cursor), ..*request })?;
                page.events.extend(next.events);
                (page.cursor, page.examined_to) = (next.cursor, next.examined_to);
            }
            return Ok(page);
        }
        let (filter, request) = match self.fault {
            Fault::IgnoresTheUpperEndOfTime => {
                let mut filter = filter.clone();
                filter.until = None;
                (filter, *request)
            }
            Fault::SkipsARowBetweenPages => (filter.clone(), shifted(request, 1)),
            Fault::KnowsNoBytes => {
                (filter.clone(), PageRequest { limit: request.limit.with_bytes(usize::MAX), ..*request })
            }
            Fault::RepeatsARowBetweenPages if request.limit.get() > 1 => (filter.clone(), shifted(request, -1)),
            Fault::TakesAnyCursor => {
                let order = request.cursor.map_or(request.order, annals_store::Cursor::order);
                (filter.clone(), PageRequest { order, ..*request })
            }
            _ => (overheard(filter, self.fault), *request),
        };
        let mut page = self.inner.query(&filter, &request)?;
        match self.fault {
            Fault::MixesUpTheOrder => page.events.reverse(),
            Fault::RecordsBackwards => {
                for row in &mut page.events {
                    row.recorded_at = Timestamp::from_nanos(i64::MAX / 2 - row.recorded_at.as_nanos() / 2);
                }
            }
            Fault::LosesDetails => {
                for row in &mut page.events {
                    row.details = None;
                }
            }
            _ => {}
        }
        Ok(page)
    }

    fn count(&self, filter: &Filter) -> Result<u64, Error> {
        match self.fault {
            Fault::CountsWithoutTheFilter => self.inner.count(&Filter::new()),
            fault => self.inner.count(&overheard(filter, fault)),
        }
    }

    fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<EventId>, Error> {
        let mut ids = self.inner.ids_with_prefix(prefix, limit)?;
        if self.fault == Fault::FindsIdsInNoOrder {
            ids.reverse();
        }
        Ok(ids)
    }

    fn sessions(&self, filter: &Filter, request: &PageRequest) -> Result<SessionPage, Error> {
        let mut page = self.inner.sessions(filter, request)?;
        if self.fault == Fault::ListsEachSessionOnce {
            page.cursor = None;
        }
        if self.fault == Fault::ForgetsWhereTheLogEnded {
            page.cursor = page.cursor.map(|cursor| annals_store::Cursor::after(cursor.order(), cursor.seq()));
        }
        Ok(page)
    }

    fn stats(&self, filter: &Filter, width: BucketWidth) -> Result<Vec<Bucket>, Error> {
        let mut buckets = self.inner.stats(filter, width)?;
        if self.fault == Fault::SumsUpWithoutDenials {
            for bucket in &mut buckets {
                bucket.n_denied = 0;
            }
        }
        Ok(buckets)
    }

    fn index_words(&self) -> Result<u64, Error> {
        if self.fault != Fault::TakesWordsInForEachWhoAsks {
            return self.inner.index_words();
        }
        let n_events = self.inner.head()?.n_events;
        Ok(n_events - self.n_indexed.swap(n_events, Ordering::SeqCst))
    }

    fn close(&self) -> Result<(), Error> {
        if self.fault == Fault::StaysOpen { Ok(()) } else { self.inner.close() }
    }

    fn log_ids(&self) -> (LogId, Vec<LogId>) {
        self.inner.log_ids()
    }

    fn mark(&self, producer: ProducerId) -> Result<Mark, Error> {
        self.inner.mark(producer)
    }

    fn head(&self) -> Result<Head, Error> {
        self.inner.head()
    }

    fn get(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.inner.get(id)
    }

    fn sessions_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.inner.sessions_with_prefix(prefix, limit)
    }

    fn n_dead_letters(&self) -> Result<u64, Error> {
        self.inner.n_dead_letters()
    }

    fn settle(&self) -> Result<(), Error> {
        self.inner.settle()
    }
}

/// Whether a behaviour holds on a store with this fault.
fn holds(behaviour: fn(&dyn Database), fault: Fault) -> bool {
    let database = BrokenDatabase { memory: Memory::new(), fault };
    catch_unwind(AssertUnwindSafe(|| behaviour(&database))).is_ok()
}

#[track_caller]
fn notices(behaviour: fn(&dyn Database), fault: Fault) {
    assert!(holds(behaviour, Fault::None), "the behaviour fails without a fault, and so would notice anything");
    assert!(!holds(behaviour, fault), "nobody noticed {fault:?}");
}

#[test]
fn faults_of_append_are_noticed() {
    notices(suite::a_batch_told_twice_is_written_once, Fault::ForgetsMarks);
    notices(suite::what_lies_below_the_mark_is_skipped_and_the_rest_taken, Fault::ForgetsMarks);
    notices(suite::a_producer_belongs_to_whom_first_used_it, Fault::TakesAnybodysBatch);
    notices(suite::a_refused_batch_writes_nothing, Fault::WritesHalfARefusedBatch);
    notices(suite::a_jump_is_refused_and_names_what_is_expected, Fault::TakesJumps);
    notices(suite::a_gap_beyond_the_mark_is_a_jump, Fault::TakesJumps);
    notices(suite::drops_are_declared_once_however_often_they_are_told, Fault::DeclaresDropsByWhatIsTold);
    notices(suite::a_gap_lets_the_next_event_follow, Fault::MovesTheMarkWithoutDeclaring);
    notices(suite::putting_aside_twice_declares_once, Fault::BuriesTwice);
    notices(suite::a_refused_event_is_put_aside_and_declared, Fault::BuriesTwice);
}

#[test]
fn faults_of_operations_are_noticed() {
    notices(suite::what_a_dead_process_began_ends_unknown, Fault::EndsOperationsOfOthers);
    notices(suite::what_a_dead_process_began_ends_unknown, Fault::EndsNothing);
    notices(suite::an_unknown_outcome_copies_who_and_where, Fault::EndsNothing);
    notices(suite::a_session_that_fell_silent_ends_once, Fault::EndsNothing);
    notices(suite::a_session_that_goes_on_is_left_alone, Fault::EndsSessionsThatGoOn);
}

#[test]
fn faults_of_order_and_contents_are_noticed() {
    notices(suite::many_threads_and_producers_keep_their_order, Fault::MixesUpTheOrder);
    notices(suite::recorded_at_never_decreases, Fault::RecordsBackwards);
    notices(suite::an_event_is_given_back_as_it_was_handed_in, Fault::LosesDetails);
}

#[test]
fn faults_of_filters_are_noticed() {
    notices(suite::each_condition_alone_finds_what_fits, Fault::CountsWithoutTheFilter);
    notices(suite::each_condition_alone_finds_what_fits, Fault::IgnoresTheUpperEndOfTime);
}

#[test]
fn faults_of_searches_are_noticed() {
    notices(suite::a_search_finds_what_has_all_its_words, Fault::FindsAnyOfTheWords);
    notices(suite::a_search_finds_what_has_all_its_words, Fault::FindsPhrasesAnywhere);
    notices(suite::a_search_finds_what_has_all_its_words, Fault::IgnoresWhatASearchRefuses);
    notices(suite::a_search_is_narrowed_by_its_fields, Fault::IgnoresTheTypesOfASearch);
    notices(suite::a_search_is_narrowed_by_its_fields, Fault::IgnoresTheSourcesOfASearch);
    notices(suite::a_search_finds_nothing_of_other_spaces, Fault::IgnoresTheSpace);
    notices(suite::words_that_are_taken_in_twice_are_found_once, Fault::TakesWordsInForEachWhoAsks);
}

#[test]
fn faults_of_pages_are_noticed() {
    notices(suite::pages_show_each_event_once_in_either_order, Fault::SkipsARowBetweenPages);
    notices(suite::pages_show_each_event_once_in_either_order, Fault::RepeatsARowBetweenPages);
    notices(suite::a_full_page_says_where_to_go_on, Fault::SkipsARowBetweenPages);
    notices(suite::a_page_of_long_events_ends_early_and_goes_on, Fault::KnowsNoBytes);
    notices(suite::a_page_of_long_events_ends_early_and_goes_on, Fault::SkipsARowBetweenPages);
    notices(suite::a_cursor_of_the_other_order_is_refused, Fault::TakesAnyCursor);
    notices(suite::a_page_that_examined_enough_says_how_far_it_came, Fault::ExaminesWithoutEnd);
}

#[test]
fn faults_of_sums_and_names_are_noticed() {
    notices(suite::ids_are_found_by_their_beginning, Fault::FindsIdsInNoOrder);
    notices(suite::sessions_are_paged_in_either_order, Fault::ListsEachSessionOnce);
    notices(suite::sessions_are_paged_once_each_while_others_record, Fault::ForgetsWhereTheLogEnded);
    notices(suite::statistics_sum_up_each_span, Fault::SumsUpWithoutDenials);
}

#[test]
fn a_store_that_stays_open_is_noticed() {
    notices(suite::a_closed_store_says_so, Fault::StaysOpen);
}
