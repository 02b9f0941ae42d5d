//! The event model: types, validation, redaction, encoding and ids, as pure functions.
