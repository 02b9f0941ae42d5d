//! A bar for what takes long, on a terminal and nowhere else.
//!
//! It is drawn on standard error, where it is no part of an answer, and cleared when the work ends, however that ends. Where standard error is no terminal nothing is drawn.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Often enough to look alive, seldom enough to cost nothing.
const TICK: Duration = Duration::from_millis(120);

/// A bar that is gone when this is dropped.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar with one word for the work, such as `verifying`. It is there once the first figures are known.
    pub(crate) fn new(work: &'static str) -> Self {
        let bar = ProgressBar::new(0).with_message(work);
        // Fits 80 columns with counts of eleven digits.
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {percent:>3}% {human_pos}/{human_len} {eta}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// So far the work has come.
    pub(crate) fn set(&self, n_done: u64, n_total: u64) {
        self.0.set_length(n_total);
        self.0.set_position(n_done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
