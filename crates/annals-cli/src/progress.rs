//! A bar for what takes long, on a terminal and nowhere else.
//!
//! It is drawn on standard error, where it is no part of an answer, and cleared when the work ends, however that ends. Where standard error is no terminal nothing is drawn, and
//! nothing for what is over before anybody wonders.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Often enough to look alive, seldom enough to cost nothing.
const TICK: Duration = Duration::from_millis(120);
/// What takes less has no bar.
const WORTH_A_BAR: Duration = Duration::from_millis(400);

/// A bar that is gone when this is dropped.
pub(crate) struct Bar {
    drawn: ProgressBar,
    began: Instant,
    is_shown: Cell<bool>,
}

impl Bar {
    /// A bar with one word for the work, such as `verifying`. It is there once the first figures are known.
    pub(crate) fn new(work: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()).with_message(work);
        // Fits 80 columns with counts of eleven digits.
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {percent:>3}% {human_pos}/{human_len} {eta}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { drawn: bar, began: Instant::now(), is_shown: Cell::new(false) }
    }

    /// So far the work has come.
    pub(crate) fn set(&self, n_done: u64, n_total: u64) {
        self.drawn.set_length(n_total);
        self.drawn.set_position(n_done);
        if !self.is_shown.get() && WORTH_A_BAR <= self.began.elapsed() {
            self.is_shown.set(true);
            self.drawn.set_draw_target(ProgressDrawTarget::stderr());
            self.drawn.enable_steady_tick(TICK);
        }
    }
}

impl Bar {
    /// Takes it from the screen before what comes next.
    pub(crate) fn clear(&self) {
        self.drawn.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.drawn.finish_and_clear();
    }
}
