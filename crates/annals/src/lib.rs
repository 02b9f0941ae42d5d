//! The audit service: record what agents did, without making them wait and without losing an event.
