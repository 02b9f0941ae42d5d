//! What may follow what somebody has typed: the sources and tags of the caller's space.
//!
//! Asking shows what there is, so it is recorded as a reading, of no entry.

use serde_json::Map;

use crate::awareness::{Awareness, Context};
use crate::refusal::Refusal;

/// The name under which it is recorded.
const COMPLETE: &str = "completion/complete";

/// The sources that have live entries, sorted. Blocks.
pub fn sources(service: &Awareness, context: &Context) -> Result<Vec<String>, Refusal> {
    let sources = service.look(context, |shelf| Ok(shelf.stats()?.sources))?;
    service.record_reading(context, COMPLETE, &Map::new(), &[])?;
    Ok(sources)
}

/// The tags of live entries, most used first. Blocks.
pub fn tags(service: &Awareness, context: &Context) -> Result<Vec<String>, Refusal> {
    let tags = service.look(context, |shelf| shelf.tags())?;
    service.record_reading(context, COMPLETE, &Map::new(), &[])?;
    Ok(tags.into_iter().map(|(tag, _)| tag).collect())
}
