//! What a server is started with.

use std::num::NonZeroUsize;

/// How a server behaves. The defaults suit one machine and some dozens of agents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// How many threads may wait for the database at once.
    pub blocking_threads: NonZeroUsize,
    /// How many requests may wait for one of those threads; the next one is answered 503.
    pub blocking_queue: usize,
    /// The longest body of a request, in bytes.
    pub max_body_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            blocking_threads: const { NonZeroUsize::new(16).expect("is not 0") },
            blocking_queue: 256,
            max_body_bytes: 4 << 20,
        }
    }
}
