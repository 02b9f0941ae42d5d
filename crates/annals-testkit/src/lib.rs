//! Test support: barriers with deadlines, counted openers, sample events, fault injection.
