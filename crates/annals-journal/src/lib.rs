//! Crash-safe segments in front of the database: bytes in, bytes out, in order.
