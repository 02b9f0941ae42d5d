//! The whole file: yesterday's in the place of today's.

use std::fs;

use super::{Done, Place};
use crate::folder;

/// An older copy of the database, sound in itself; what lies outside is today's.
pub(super) fn older_copy(place: &mut Place<'_>) -> anyhow::Result<Done> {
    let at = place.random.index(place.original.older.len());
    let older = &place.original.older[at];
    folder::remove_database(&place.data)?;
    fs::copy(older, place.database())?;
    Ok(Done::said(format!("copy {at}")))
}
