//! What the journal's one lock guards, and the arithmetic on it. Nothing here waits or makes files.

use std::{collections::VecDeque, time::Instant};

use super::Config;
use crate::{
    Error,
    frame::Draft,
    segment::{Reservation, Segment, Sheds},
};

/// Everything that an append touches.
pub(super) struct State {
    /// Where records are appended. `None` once closed.
    pub(super) active: Option<Segment>,
    /// The segment that follows, reserved ahead by the writer or, in need, by a caller.
    pub(super) spare: Option<Segment>,
    /// Full segments, oldest first, kept locked until all of their records are durable.
    retired: VecDeque<Retired>,
    /// The records that the writer has not taken, as they are in the file.
    pub(super) queue: Vec<u8>,
    pub(super) n_queued: usize,
    /// When the first of them was appended.
    pub(super) queued_since: Option<Instant>,
    /// What the writer has taken and not given back, oldest first.
    taken: VecDeque<Span>,
    pub(super) next_pseq: u64,
    /// All records below this one are durable.
    freed: u64,
    /// How many bytes of records were appended by the end of each of the last `max_records` records, by number modulo
    /// that. Only so many can wait, so what `free` needs is always there.
    ends: Vec<u64>,
    bytes_appended: u64,
    bytes_freed: u64,
    max_bytes: u64,
    pub(super) sheds: Sheds,
    /// How many sheds the writer has taken, and how many of them are durable.
    pub(super) sheds_taken: u64,
    sheds_freed: u64,
    /// The writer does not linger while it has not taken all records below this one.
    pub(super) hurry_until: u64,
    /// The writer shall come back as `Idle`, see `Journal::nudge`.
    pub(super) is_nudged: bool,
    /// No more records.
    pub(super) is_ended: bool,
    pub(super) is_refusing: bool,
    /// The writer is parked and wants to be woken when so many records are queued; the largest number when it isn't.
    pub(super) wake_at: usize,
    /// How many callers are parked because there is no room.
    pub(super) n_blocked: usize,
    /// Rises with everything that is given back, so that a blocked caller knows progress when it sees it.
    pub(super) progress: u64,
    pub(super) reservation: Reservation,
}

/// What the `files` lock guards.
pub(super) struct Files {
    pub(super) next_number: u64,
    pub(super) log: Option<[u8; 16]>,
    /// After a segment could not be made, the writer waits until then.
    pub(super) try_again_at: Option<Instant>,
}

impl Files {
    pub(super) fn new() -> Self {
        Self { next_number: 1, log: None, try_again_at: None }
    }
}

struct Retired {
    segment: Segment,
    /// One past its last record.
    end: u64,
    /// The sheds that it may be the only file to count.
    n_shed: u64,
}

struct Span {
    end: u64,
    since: Option<Instant>,
}

/// Why a record can't be appended right now.
#[derive(Debug)]
pub(super) enum Room {
    Yes,
    /// The bounds are reached.
    Full,
    /// Within the bounds, but the active segment has no room and the next one isn't there.
    NoSegment,
}

/// What closing leaves to do without the lock.
pub(super) struct Closing {
    /// Newest first: whoever finds the oldest segment unlocked then finds all of them so.
    segments: Vec<(Segment, Fate)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Discard,
    LeaveForAdoption,
}

/// Whether the newest segment outlives the journal when nothing in it waits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    OnlyIfNeeded,
    Stays,
}

impl Closing {
    pub(super) fn release(self) {
        for (segment, fate) in self.segments {
            match fate {
                Fate::Discard => segment.discard(),
                Fate::LeaveForAdoption => drop(segment),
            }
        }
    }
}

impl State {
    pub(super) fn new(active: Segment, config: &Config, queue: Vec<u8>) -> Self {
        Self {
            reservation: active.reservation(),
            active: Some(active),
            spare: None,
            retired: VecDeque::new(),
            queue,
            n_queued: 0,
            queued_since: None,
            taken: VecDeque::new(),
            next_pseq: 0,
            freed: 0,
            ends: vec![0; config.max_records.max(1)],
            bytes_appended: 0,
            bytes_freed: 0,
            max_bytes: config.max_bytes,
            sheds: Sheds::default(),
            sheds_taken: 0,
            sheds_freed: 0,
            hurry_until: 0,
            is_nudged: false,
            is_ended: false,
            is_refusing: false,
            wake_at: usize::MAX,
            n_blocked: 0,
            progress: 0,
        }
    }

    pub(super) fn n_waiting(&self) -> u64 {
        self.next_pseq - self.freed
    }

    pub(super) fn bytes_waiting(&self) -> u64 {
        self.bytes_appended - self.bytes_freed
    }

    pub(super) fn oldest(&self) -> Option<Instant> {
        match self.taken.front() {
            Some(span) => span.since,
            None => self.queued_since,
        }
    }

    pub(super) fn first_queued(&self) -> u64 {
        self.next_pseq - self.n_queued as u64
    }

    pub(super) fn admits(&self) -> Result<(), Error> {
        if self.is_ended {
            return Err(Error::closed());
        }
        if self.is_refusing {
            return Err(Error::refused());
        }
        Ok(())
    }

    /// Whether a record of `n_bytes` can be appended, changing to the spare segment for it if need be.
    pub(super) fn make_room(&mut self, n_bytes: u64) -> Result<Room, Error> {
        if self.n_waiting() >= self.ends.len() as u64 || self.bytes_waiting() + n_bytes > self.max_bytes {
            return Ok(Room::Full);
        }
        if self.active.as_ref().is_some_and(|active| active.fits(n_bytes)) {
            return Ok(Room::Yes);
        }
        if self.spare.is_none() {
            return Ok(Room::NoSegment);
        }
        self.rotate()?;
        Ok(Room::Yes)
    }

    /// Makes the spare segment the active one. Writes into its header, and makes no file.
    pub(super) fn rotate(&mut self) -> Result<(), Error> {
        let Some(spare) = &self.spare else { return Ok(()) };
        spare.start(self.next_pseq)?;
        if self.sheds.total > 0 {
            spare.write_sheds(self.sheds)?;
        }
        self.reservation = spare.reservation();
        if let Some(segment) = std::mem::replace(&mut self.active, self.spare.take()) {
            self.retired.push_back(Retired { segment, end: self.next_pseq, n_shed: self.sheds.total });
        }
        Ok(())
    }

    /// Appends to the file and the queue, for which there is room. After an error neither holds anything of it.
    pub(super) fn append(&mut self, draft: &Draft<'_>) -> Result<u64, Error> {
        let pseq = self.next_pseq;
        let from = self.queue.len();
        draft.encode(pseq, &mut self.queue);
        let Some(active) = &mut self.active else {
            self.queue.truncate(from);
            return Err(Error::closed());
        };
        if let Err(error) = active.append(&self.queue[from..]) {
            self.queue.truncate(from);
            return Err(error);
        }
        self.bytes_appended += draft.n_bytes() as u64;
        let at = self.slot(pseq);
        self.ends[at] = self.bytes_appended;
        if self.n_queued == 0 {
            self.queued_since = Some(Instant::now());
        }
        self.n_queued += 1;
        self.next_pseq += 1;
        Ok(pseq)
    }

    /// Whether there is something that the writer has not taken.
    pub(super) fn has_news(&self) -> bool {
        self.n_queued > 0 || self.sheds.total > self.sheds_taken
    }

    /// Whether the writer is to be notified now. It is told once.
    pub(super) fn wakes_writer(&mut self) -> bool {
        let has_news = self.n_queued >= self.wake_at || (self.wake_at == 1 && self.sheds.total > self.sheds_taken);
        if has_news {
            self.wake_at = usize::MAX;
        }
        has_news
    }

    /// Hands out the whole queue, leaving `empty` in its place. Says how many records it holds.
    pub(super) fn take_queue(&mut self, empty: Vec<u8>) -> (Vec<u8>, usize) {
        let queue = std::mem::replace(&mut self.queue, empty);
        let n = std::mem::replace(&mut self.n_queued, 0);
        let since = self.queued_since.take();
        if n > 0 {
            self.taken.push_back(Span { end: self.next_pseq, since });
        }
        self.sheds_taken = self.sheds.total;
        (queue, n)
    }

    /// Gives back everything below `durable`. Says whether that was news.
    pub(super) fn free(&mut self, durable: u64, n_shed: u64) -> bool {
        let durable = durable.min(self.next_pseq);
        let n_shed = n_shed.min(self.sheds.total);
        if durable <= self.freed && n_shed <= self.sheds_freed {
            return false;
        }
        self.sheds_freed = self.sheds_freed.max(n_shed);
        if durable > self.freed {
            self.freed = durable;
            self.bytes_freed = self.ends[self.slot(durable - 1)];
            while self.taken.front().is_some_and(|span| span.end <= durable) {
                self.taken.pop_front();
            }
        }
        self.progress += 1;
        true
    }

    /// Whether some retired segment is wholly durable.
    pub(super) fn has_dead(&self) -> bool {
        self.retired.front().is_some_and(|retired| self.is_durable(retired.end, retired.n_shed))
    }

    /// The retired segments that nobody needs any more.
    pub(super) fn take_dead(&mut self) -> Vec<Segment> {
        let mut dead = Vec::new();
        while self.has_dead() {
            dead.extend(self.retired.pop_front().map(|retired| retired.segment));
        }
        dead
    }

    pub(super) fn close(&mut self, last: Last) -> Closing {
        self.is_ended = true;
        self.queue = Vec::new();
        self.n_queued = 0;
        self.queued_since = None;
        let mut segments = Vec::new();
        segments.extend(self.spare.take().map(|spare| (spare, Fate::Discard)));
        if let Some(active) = self.active.take() {
            self.retired.push_back(Retired { segment: active, end: self.next_pseq, n_shed: self.sheds.total });
        }
        let mut stays = last == Last::Stays;
        while let Some(retired) = self.retired.pop_back() {
            let is_needed = !self.is_durable(retired.end, retired.n_shed);
            let fate = if is_needed || stays { Fate::LeaveForAdoption } else { Fate::Discard };
            segments.push((retired.segment, fate));
            stays = false;
        }
        Closing { segments }
    }

    fn is_durable(&self, end: u64, n_shed: u64) -> bool {
        end <= self.freed && n_shed <= self.sheds_freed
    }

    fn slot(&self, pseq: u64) -> usize {
        // The remainder is smaller than a length in memory.
        usize::try_from(pseq % self.ends.len() as u64).unwrap_or_default()
    }
}
