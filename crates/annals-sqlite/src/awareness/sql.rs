//! Every statement about entries that never changes, by name. What depends on a choice is put together in `choice`.

macro_rules! entries {
    ($rest:literal) => {
        concat!("SELECT ", include_str!("../sql/awareness/entry-columns.sql"), include_str!($rest))
    };
}

pub(super) const ENTRY_COLUMNS: &str = include_str!("../sql/awareness/entry-columns.sql");
pub(super) const BY_ID: &str = entries!("../sql/awareness/by-id.sql");
pub(super) const BY_KEY: &str = entries!("../sql/awareness/by-key.sql");
pub(super) const BY_NAME: &str = entries!("../sql/awareness/by-name.sql");
pub(super) const BY_NUMBER: &str = entries!("../sql/awareness/by-number.sql");
pub(super) const RELATED_TO: &str = entries!("../sql/awareness/related-to.sql");
pub(super) const SUPPRESSING: &str = entries!("../sql/awareness/suppressing.sql");
pub(super) const WITH_EFFECT: &str = entries!("../sql/awareness/with-effect.sql");

pub(super) const STALE_TRASH: &str = entries!("../sql/awareness/stale-trash.sql");
pub(super) const STALE_EXPIRED: &str = entries!("../sql/awareness/stale-expired.sql");
pub(super) const STALE_SPACES: &str = include_str!("../sql/awareness/stale-spaces.sql");

pub(super) const COUNT_BESIDE: &str = include_str!("../sql/awareness/count-beside.sql");
pub(super) const LINKS: &str = include_str!("../sql/awareness/links.sql");
pub(super) const TAGS: &str = include_str!("../sql/awareness/tags.sql");
pub(super) const ALL_CHANGES: &str = include_str!("../sql/awareness/all-changes.sql");
pub(super) const SCAN: &str =
    concat!("SELECT ", include_str!("../sql/awareness/entry-columns.sql"), include_str!("../sql/awareness/scan.sql"));
pub(super) const CHANGES: &str = include_str!("../sql/awareness/changes.sql");
pub(super) const BAG: &str = include_str!("../sql/awareness/bag.sql");
pub(super) const COUNT_OF_SPACE: &str = include_str!("../sql/awareness/count-of-space.sql");
pub(super) const COUNT_WORD: &str = include_str!("../sql/awareness/count-word.sql");
pub(super) const COUNTS: &str = include_str!("../sql/awareness/counts.sql");
pub(super) const EXPIRED: &str = include_str!("../sql/awareness/expired.sql");
pub(super) const HAS_WORDS: &str = include_str!("../sql/awareness/has-words.sql");
pub(super) const LANGUAGES: &str = include_str!("../sql/awareness/languages.sql");
pub(super) const LAST_NUMBER: &str = include_str!("../sql/awareness/last-number.sql");
pub(super) const NEWEST_WITH_WORD: &str = include_str!("../sql/awareness/newest-with-word.sql");
pub(super) const NEXT_DUE: &str = include_str!("../sql/awareness/next-due.sql");
pub(super) const NEXT_EXPIRY: &str = include_str!("../sql/awareness/next-expiry.sql");
pub(super) const REVISION: &str = include_str!("../sql/awareness/revision.sql");
pub(super) const SPACE: &str = include_str!("../sql/awareness/space.sql");
pub(super) const READINGS: &str = include_str!("../sql/awareness/readings.sql");
pub(super) const TAG_COUNT: &str = include_str!("../sql/awareness/tag-count.sql");
pub(super) const TAG_COUNTS: &str = include_str!("../sql/awareness/tag-counts.sql");
pub(super) const WHERE_WRITTEN: &str = include_str!("../sql/awareness/where-written.sql");
pub(super) const WRITTEN_BEFORE: &str = include_str!("../sql/awareness/written-before.sql");
pub(super) const WRITTEN_BEHIND: &str = include_str!("../sql/awareness/written-behind.sql");
pub(super) const USAGE_COLUMNS: &str = include_str!("../sql/awareness/usage-columns.sql");

pub(super) const COUNT_ENTRY: &str = include_str!("../sql/awareness/count-entry.sql");
pub(super) const COUNT_TAG: &str = include_str!("../sql/awareness/count-tag.sql");
pub(super) const CUT_BAG: &str = include_str!("../sql/awareness/cut-bag.sql");
pub(super) const CUT_CHANGES: &str = include_str!("../sql/awareness/cut-changes.sql");
pub(super) const CUT_LINKS: &str = include_str!("../sql/awareness/cut-links.sql");
pub(super) const CUT_TAGS: &str = include_str!("../sql/awareness/cut-tags.sql");
pub(super) const CUT_TEXT: &str = include_str!("../sql/awareness/cut-text.sql");
pub(super) const FORGET_COUNT: &str = include_str!("../sql/awareness/forget-count.sql");
pub(super) const FORGET_TAG_COUNT: &str = include_str!("../sql/awareness/forget-tag-count.sql");
pub(super) const NAME_LANGUAGE: &str = include_str!("../sql/awareness/name-language.sql");
pub(super) const NAME_SPACE: &str = include_str!("../sql/awareness/name-space.sql");
pub(super) const PURGE_ENTRY: &str = include_str!("../sql/awareness/purge-entry.sql");
pub(super) const PUT_BAG: &str = include_str!("../sql/awareness/put-bag.sql");
pub(super) const PUT_CHANGE: &str = include_str!("../sql/awareness/put-change.sql");
pub(super) const PUT_ENTRY: &str = include_str!("../sql/awareness/put-entry.sql");
pub(super) const PUT_LINK: &str = include_str!("../sql/awareness/put-link.sql");
pub(super) const PUT_TAG: &str = include_str!("../sql/awareness/put-tag.sql");
pub(super) const PUT_TEXT: &str = include_str!("../sql/awareness/put-text.sql");
pub(super) const REVISE: &str = include_str!("../sql/awareness/revise.sql");
pub(super) const UNCOUNT: &str = include_str!("../sql/awareness/uncount.sql");
pub(super) const REPLACE_ENTRY: &str = include_str!("../sql/awareness/replace-entry.sql");

pub(super) const ANSWERED: &str = include_str!("../sql/awareness/answered.sql");
pub(super) const FORGET_ANSWERS: &str = include_str!("../sql/awareness/forget-answers.sql");
pub(super) const KEEP_ANSWER: &str = include_str!("../sql/awareness/keep-answer.sql");

/// The log told by entry.
pub(super) const ADD_READING: &str = include_str!("../sql/awareness/add-reading.sql");
pub(super) const FORGET_READINGS: &str = include_str!("../sql/awareness/forget-readings.sql");
pub(super) const FORGET_USAGE: &str = include_str!("../sql/awareness/forget-usage.sql");
pub(super) const MARK_READ: &str = include_str!("../sql/awareness/mark-read.sql");
pub(super) const MARK_UNREAD: &str = include_str!("../sql/awareness/mark-unread.sql");
pub(super) const PUT_USAGE: &str = include_str!("../sql/awareness/put-usage.sql");
pub(super) const TAKE_READING: &str = include_str!("../sql/awareness/take-reading.sql");
pub(super) const TOLD_FROM: &str = include_str!("../sql/awareness/told-from.sql");
pub(super) const USAGE_OF_EVENT: &str = include_str!("../sql/awareness/usage-of-event.sql");

/// What a verification reads. The types in them are those that `Trace` reads.
pub(super) const ALL_COUNTS: &str = include_str!("../sql/awareness/all-counts.sql");
pub(super) const ALL_READINGS: &str = include_str!("../sql/awareness/all-readings.sql");
pub(super) const ALL_SPACES: &str = include_str!("../sql/awareness/all-spaces.sql");
pub(super) const ALL_TAG_COUNTS: &str = include_str!("../sql/awareness/all-tag-counts.sql");
pub(super) const ALL_USAGE: &str = include_str!("../sql/awareness/all-usage.sql");
pub(super) const ALL_TEXTS: &str = include_str!("../sql/awareness/all-texts.sql");
pub(super) const CHECK_INDEX: &str = include_str!("../sql/awareness/check-index.sql");
pub(super) const COUNT_WORDS: &str = include_str!("../sql/awareness/count-words.sql");
pub(super) const ENTRIES_BESIDE: &str = include_str!("../sql/awareness/entries-beside.sql");
pub(super) const FIRST_CHANGE: &str = include_str!("../sql/awareness/first-change.sql");
pub(super) const READINGS_IN_USAGE: &str = include_str!("../sql/awareness/readings-in-usage.sql");
pub(super) const TELLING_EVENTS: &str = include_str!("../sql/awareness/telling-events.sql");

/// Vectors.
pub(super) const COUNT_WAITING: &str = include_str!("../sql/awareness/count-waiting.sql");
pub(super) const COUNT_WAITING_OF_SPACE: &str = include_str!("../sql/awareness/count-waiting-of-space.sql");
pub(super) const CUT_EMBEDDING: &str = include_str!("../sql/awareness/cut-embedding.sql");
pub(super) const CUT_VECTORS: &str = include_str!("../sql/awareness/cut-vectors.sql");
pub(super) const CUT_VECTORS_OF_MODEL: &str = include_str!("../sql/awareness/cut-vectors-of-model.sql");
pub(super) const EMBED_AGAIN: &str = include_str!("../sql/awareness/embed-again.sql");
pub(super) const EMBED_MISSING: &str = include_str!("../sql/awareness/embed-missing.sql");
pub(super) const EMBEDDED: &str = include_str!("../sql/awareness/embedded.sql");
pub(super) const FORGET_VECTORS: &str = include_str!("../sql/awareness/forget-vectors.sql");
pub(super) const HAS_OTHER_VECTORS: &str = include_str!("../sql/awareness/has-other-vectors.sql");
pub(super) const LAST_VECTOR: &str = include_str!("../sql/awareness/last-vector.sql");
pub(super) const MODEL: &str = include_str!("../sql/awareness/model.sql");
pub(super) const NAME_MODEL: &str = include_str!("../sql/awareness/name-model.sql");
pub(super) const PASSAGES_OF_ENTRY: &str = include_str!("../sql/awareness/passages-of-entry.sql");
pub(super) const PUT_EMBEDDING: &str = include_str!("../sql/awareness/put-embedding.sql");
pub(super) const PUT_VECTOR: &str = include_str!("../sql/awareness/put-vector.sql");
pub(super) const RETRY_REFUSED: &str = include_str!("../sql/awareness/retry-refused.sql");
pub(super) const SERVE: &str = include_str!("../sql/awareness/serve.sql");
pub(super) const SERVING: &str = include_str!("../sql/awareness/serving.sql");
pub(super) const SPACE_OF_ENTRY: &str = include_str!("../sql/awareness/space-of-entry.sql");
pub(super) const VECTOR: &str = include_str!("../sql/awareness/vector.sql");
pub(super) const VECTORS_BEHIND: &str = include_str!("../sql/awareness/vectors-behind.sql");
pub(super) const VECTORS_OF_ENTRY: &str = include_str!("../sql/awareness/vectors-of-entry.sql");
pub(super) const WAITING_CHANGED: &str = include_str!("../sql/awareness/waiting-changed.sql");
pub(super) const WAITING_OLDER: &str = include_str!("../sql/awareness/waiting-older.sql");
pub(super) const WAITING_OTHER: &str = include_str!("../sql/awareness/waiting-other.sql");
