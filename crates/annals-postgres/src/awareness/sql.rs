//! The statements about entries, a file each.

macro_rules! files {
    ($($name:ident = $file:literal),+ $(,)?) => {
        $(pub(super) const $name: &str = include_str!(concat!("../sql/awareness/", $file, ".sql"));)+
    };
}

/// Statements that answer rows of `entry-columns.sql`.
macro_rules! entries {
    ($($name:ident = $file:literal),+ $(,)?) => {
        $(pub(super) const $name: &str = concat!(
            "SELECT ",
            include_str!("../sql/awareness/entry-columns.sql"),
            include_str!(concat!("../sql/awareness/", $file, ".sql")),
        );)+
    };
}

entries! {
    BY_ID = "by-id",
    BY_IDS = "by-ids",
    BY_KEY = "by-key",
    BY_NAME = "by-name",
    BY_NUMBERS = "by-numbers",
    RELATED_TO = "related-to",
    SCAN = "scan",
    STALE = "stale",
}

/// Rows of entries, each with the number of the list that it stands in behind them.
pub(super) const BRIEFING_LISTS: &str = concat!(
    "SELECT ",
    include_str!("../sql/awareness/entry-columns.sql"),
    ", listed.list",
    include_str!("../sql/awareness/briefing-lists.sql"),
);

files! {
    ALL_TEXTS = "all-texts",
    ALL_USAGE = "all-usage",
    ANSWERED = "answered",
    AROUND = "around",
    BAGS = "bags",
    BESIDE = "beside",
    BRIEFING_COUNTS = "briefing-counts",
    CAN_COMPARE = "can-compare",
    CHANGES = "changes",
    COUNTED_ASTRAY = "counted-astray",
    COUNTS = "counts",
    COUNTS_ASTRAY = "counts-astray",
    COUNT_WAITING = "count-waiting",
    CUT_LINKS = "cut-links",
    CUT_TAGS = "cut-tags",
    CUT_VECTORS = "cut-vectors",
    EMBEDDED = "embedded",
    EMBED_MISSING = "embed-missing",
    ENTRY_COLUMNS = "entry-columns",
    EXPIRED = "expired",
    FIRST_CHANGE = "first-change",
    FORGET_ANSWERS = "forget-answers",
    FORGET_COUNTS = "forget-counts",
    FORGET_READINGS = "forget-readings",
    FORGET_USAGE = "forget-usage",
    FORGET_VECTORS = "forget-vectors",
    HAS_OTHER_VECTORS = "has-other-vectors",
    INDEX_VECTORS = "index-vectors",
    KEEP_ANSWER = "keep-answer",
    LANGUAGES = "languages",
    LOCK_EMBEDDING = "lock-embedding",
    MARK_UNREAD = "mark-unread",
    MODEL = "model",
    NAME_MODEL = "name-model",
    NEXT_TO_EXPIRE = "next-to-expire",
    PASSAGES = "passages",
    PURGE = "purge",
    PUT_CHANGE = "put-change",
    PUT_ENTRY = "put-entry",
    PUT_LINKS = "put-links",
    PUT_TAGS = "put-tags",
    PUT_USAGE = "put-usage",
    PUT_VECTORS = "put-vectors",
    READINGS = "readings",
    READINGS_ASTRAY = "readings-astray",
    REPLACE_ENTRY = "replace-entry",
    REPLACE_TEXT = "replace-text",
    RETRY_REFUSED = "retry-refused",
    REVISE = "revise",
    REVISION = "revision",
    SERVE = "serve",
    SERVING = "serving",
    SPACE = "space",
    STALE_SPACES = "stale-spaces",
    TAG_COUNTS = "tag-counts",
    TAKE_READINGS = "take-readings",
    TALLY = "tally",
    TELLING_EVENTS = "telling-events",
    TOLD_FROM = "told-from",
    UNCOUNT = "uncount",
    UNREAD_ASTRAY = "unread-astray",
    USAGE_COLUMNS = "usage-columns",
    VECTORS_OF_ENTRIES = "vectors-of-entries",
    WAITING = "waiting",
    WORDS_FOUND = "words-found",
}
