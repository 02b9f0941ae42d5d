//! Every statement that never changes, by name. What depends on a filter is put together in `conditions`, and nowhere else.

/// Rows as `row::read` takes them.
pub(crate) const EVENT_BY_SEQ: &str =
    concat!("SELECT ", include_str!("sql/event-columns.sql"), "FROM event WHERE seq = ?1");
pub(crate) const EVENT_BY_ID: &str =
    concat!("SELECT ", include_str!("sql/event-columns.sql"), "FROM event WHERE id = ?1");

pub(crate) const CLOSE_SESSION: &str = include_str!("sql/close-session.sql");
pub(crate) const FORGET_SESSION: &str = include_str!("sql/forget-session.sql");
pub(crate) const OPEN_SESSION: &str = include_str!("sql/open-session.sql");
pub(crate) const SILENT_SESSIONS: &str = include_str!("sql/silent-sessions.sql");
pub(crate) const APPLIED: &str = include_str!("sql/applied.sql");
pub(crate) const BURY: &str = include_str!("sql/bury.sql");
pub(crate) const COUNT_DEAD_LETTERS: &str = include_str!("sql/count-dead-letters.sql");
pub(crate) const END_OPERATION: &str = include_str!("sql/end-operation.sql");
pub(crate) const EVENT_COLUMNS: &str = include_str!("sql/event-columns.sql");
pub(crate) const IDS_WITH_PREFIX: &str = include_str!("sql/ids-with-prefix.sql");
/// Inserts one event; its parameters are the columns in the order named. Public, so that a benchmark can insert the same rows without this crate's code.
pub const INSERT_EVENT: &str = include_str!("sql/insert-event.sql");
pub(crate) const LOG_HISTORY: &str = include_str!("sql/log-history.sql");
pub(crate) const LOG: &str = include_str!("sql/log.sql");
pub(crate) const MARK: &str = include_str!("sql/mark.sql");
pub(crate) const MIGRATION_TABLE: &str = include_str!("sql/migration-table.sql");
pub(crate) const MIGRATIONS: &str = include_str!("sql/migrations.sql");
pub(crate) const MOVE_MARK: &str = include_str!("sql/move-mark.sql");
pub(crate) const NAME_LOG: &str = include_str!("sql/name-log.sql");
pub(crate) const NEWEST: &str = include_str!("sql/newest.sql");
pub(crate) const NEXT_SESSION: &str = include_str!("sql/next-session.sql");
pub(crate) const NEXT_TYPE: &str = include_str!("sql/next-type.sql");
pub(crate) const OLDEST: &str = include_str!("sql/oldest.sql");
pub(crate) const OPEN_OPERATION: &str = include_str!("sql/open-operation.sql");
pub(crate) const OPERATIONS_OF_SESSION: &str = include_str!("sql/operations-of-session.sql");
pub(crate) const OPERATIONS_OWNED: &str = include_str!("sql/operations-owned.sql");
pub(crate) const OPERATIONS_UNOWNED: &str = include_str!("sql/operations-unowned.sql");
pub(crate) const RECORDED_AT_OR_AFTER: &str = include_str!("sql/recorded-at-or-after.sql");
pub(crate) const FORGET_OPERATION: &str = include_str!("sql/forget-operation.sql");
pub(crate) const COUNT_EVENTS: &str = include_str!("sql/count-events.sql");
pub(crate) const COUNT_VIEWS: &str = include_str!("sql/count-views.sql");

/// What makes the log provable.
pub(crate) const BEGIN_TREE: &str = include_str!("sql/begin-tree.sql");
/// No more than rows are there or were emptied, so that a row far behind the others makes no log long.
pub(crate) const SIZE_BY_ROWS: &str = include_str!("sql/size-by-rows.sql");
pub(crate) const BOUNDS: &str = include_str!("sql/bounds.sql");
pub(crate) const CHECKPOINTS: &str = include_str!("sql/checkpoints.sql");
pub(crate) const COMMITMENT: &str = include_str!("sql/commitment.sql");
pub(crate) const CUT_CHECKPOINTS: &str = include_str!("sql/cut-checkpoints.sql");
pub(crate) const CUT_TILES: &str = include_str!("sql/cut-tiles.sql");
pub(crate) const KEEP_CHECKPOINT: &str = include_str!("sql/keep-checkpoint.sql");
pub(crate) const LOG_HISTORY_SIZES: &str = include_str!("sql/log-history-sizes.sql");
pub(crate) const LOG_KEYS: &str = include_str!("sql/log-keys.sql");
pub(crate) const NEWEST_CHECKPOINT: &str = include_str!("sql/newest-checkpoint.sql");
pub(crate) const NEWEST_TILE: &str = include_str!("sql/newest-tile.sql");
pub(crate) const PIN_KEY: &str = include_str!("sql/pin-key.sql");
pub(crate) const PUT_CHECKPOINT: &str = include_str!("sql/put-checkpoint.sql");
pub(crate) const PUT_TILE: &str = include_str!("sql/put-tile.sql");
pub(crate) const RENAME_LOG: &str = include_str!("sql/rename-log.sql");
pub(crate) const RETIRE_LOG: &str = include_str!("sql/retire-log.sql");
pub(crate) const SCAN: &str = concat!("SELECT ", include_str!("sql/event-columns.sql"), include_str!("sql/scan.sql"));
pub(crate) const THIN_CHECKPOINTS: &str = include_str!("sql/thin-checkpoints.sql");
pub(crate) const DEAD_LETTERS_FROM: &str = include_str!("sql/dead-letters-from.sql");
pub(crate) const EMPTIED_FROM: &str = include_str!("sql/emptied-from.sql");
pub(crate) const MARKS: &str = include_str!("sql/marks.sql");
pub(crate) const TILE: &str = include_str!("sql/tile.sql");
pub(crate) const TILE_LENGTH: &str = include_str!("sql/tile-length.sql");
pub(crate) const TREE_STATE: &str = include_str!("sql/tree-state.sql");

/// Named writes.
pub(crate) const FORGET_KEYED_BODY: &str = include_str!("sql/forget-keyed-body.sql");
pub(crate) const FORGET_OLD_KEYS: &str = include_str!("sql/forget-old-keys.sql");
pub(crate) const KEYED_EVENTS: &str = include_str!("sql/keyed-events.sql");
pub(crate) const PUT_KEY: &str = include_str!("sql/put-key.sql");

/// What makes content go.
pub(crate) const ASK_FOR_SCRUB: &str = include_str!("sql/ask-for-scrub.sql");
pub(crate) const CONDEMN_DEAD_LETTER: &str = include_str!("sql/condemn-dead-letter.sql");
pub(crate) const DEAD_LETTERS: &str = include_str!("sql/dead-letters.sql");
pub(crate) const DELETE_COMMITMENT: &str = include_str!("sql/delete-commitment.sql");
pub(crate) const DELETE_ROW: &str = include_str!("sql/delete-row.sql");
pub(crate) const DESTROY_KEYS: &str = include_str!("sql/destroy-keys.sql");
pub(crate) const EMPTIED_BY: &str = include_str!("sql/emptied-by.sql");
pub(crate) const EMPTY_DEAD_LETTER: &str = include_str!("sql/empty-dead-letter.sql");
pub(crate) const ERASE_BY_ID: &str = include_str!("sql/erase-by-id.sql");
pub(crate) const ERASE_CANDIDATES: &str = include_str!("sql/erase-candidates.sql");
pub(crate) const ERASE_ROW: &str = include_str!("sql/erase-row.sql");
pub(crate) const ERASURES: &str = include_str!("sql/erasures.sql");
pub(crate) const FORGET_CREDENTIAL: &str = include_str!("sql/forget-credential.sql");
pub(crate) const FORGET_SESSION_OF_OPERATION: &str = include_str!("sql/forget-session-of-operation.sql");
pub(crate) const ID_OF_ROW: &str = include_str!("sql/id-of-row.sql");
pub(crate) const IS_SEALED: &str = include_str!("sql/is-sealed.sql");
pub(crate) const IS_UNFINISHED: &str = include_str!("sql/is-unfinished.sql");
pub(crate) const KEEP_COMMITMENT: &str = include_str!("sql/keep-commitment.sql");
pub(crate) const PRUNE_DETAILS: &str = include_str!("sql/prune-details.sql");
pub(crate) const PUT_EMPTIED: &str = include_str!("sql/put-emptied.sql");
pub(crate) const SALT_OF_ROW: &str = include_str!("sql/salt-of-row.sql");
pub(crate) const SCRUBBED: &str = include_str!("sql/scrubbed.sql");
pub(crate) const TO_SCRUB: &str = include_str!("sql/to-scrub.sql");

/// What cuts a database back to the rows that are there.
pub(crate) const ALL_MARKS: &str = include_str!("sql/all-marks.sql");
pub(crate) const CUT_COMMITMENTS: &str = include_str!("sql/cut-commitments.sql");
pub(crate) const CUT_EMPTIED: &str = include_str!("sql/cut-emptied.sql");
pub(crate) const CUT_KEYS: &str = include_str!("sql/cut-keys.sql");
pub(crate) const CUT_OPERATIONS: &str = include_str!("sql/cut-operations.sql");
pub(crate) const CUT_SESSIONS: &str = include_str!("sql/cut-sessions.sql");
pub(crate) const DEAD_LETTERS_ASIDE: &str = include_str!("sql/dead-letters-aside.sql");
pub(crate) const FORGET_MARK: &str = include_str!("sql/forget-mark.sql");
pub(crate) const GAPS: &str = include_str!("sql/gaps.sql");
pub(crate) const MOVE_DEAD_LETTER: &str = include_str!("sql/move-dead-letter.sql");
pub(crate) const NUMBERS: &str = include_str!("sql/numbers.sql");
pub(crate) const PUT_DEAD_LETTERS_ASIDE: &str = include_str!("sql/put-dead-letters-aside.sql");
pub(crate) const SET_MARK_BACK: &str = include_str!("sql/set-mark-back.sql");

pub(crate) const CUT_EVENT_TEXT: &str = include_str!("sql/cut-event-text.sql");
pub(crate) const CUT_TEXT_MARK: &str = include_str!("sql/cut-text-mark.sql");
pub(crate) const EVENT_SPACE: &str = include_str!("sql/event-space.sql");
pub(crate) const EVENT_SPACES: &str = include_str!("sql/event-spaces.sql");
/// The next events whose words are not in the index, as `row::read` takes them.
pub(crate) const EVENTS_TO_INDEX: &str =
    concat!("SELECT ", include_str!("sql/event-columns.sql"), include_str!("sql/events-to-index.sql"));
pub(crate) const FORGET_EVENT_TEXT: &str = include_str!("sql/forget-event-text.sql");
pub(crate) const MOVE_TEXT_MARK: &str = include_str!("sql/move-text-mark.sql");
pub(crate) const NAME_EVENT_SPACE: &str = include_str!("sql/name-event-space.sql");
pub(crate) const PUT_EVENT_TEXT: &str = include_str!("sql/put-event-text.sql");
pub(crate) const REBUILD_ENTRY_TEXT: &str = include_str!("sql/rebuild-entry-text.sql");
pub(crate) const REBUILD_EVENT_TEXT: &str = include_str!("sql/rebuild-event-text.sql");
pub(crate) const TEXT_MARK: &str = include_str!("sql/text-mark.sql");

/// What brings a log here from elsewhere, or shows it to whoever takes it elsewhere.
pub(crate) const FORGET_ALL_EVENT_TEXT: &str = include_str!("sql/moving/forget-all-event-text.sql");
pub(crate) const MOVING_COUNTS: &str = include_str!("sql/moving/counts.sql");
pub(crate) const MOVING_ERASED: &str = include_str!("sql/moving/erased.sql");
pub(crate) const MOVING_NAME_LOG: &str = include_str!("sql/moving/name-log.sql");
pub(crate) const MOVING_PUT_BAG: &str = include_str!("sql/moving/put-bag.sql");
pub(crate) const MOVING_PUT_LINK: &str = include_str!("sql/moving/put-link.sql");
pub(crate) const MOVING_PUT_OPERATION: &str = include_str!("sql/moving/put-operation.sql");
pub(crate) const MOVING_PUT_SESSION: &str = include_str!("sql/moving/put-session.sql");
pub(crate) const MOVING_PUT_TAG: &str = include_str!("sql/moving/put-tag.sql");
pub(crate) const MOVING_PUT_VECTOR: &str = include_str!("sql/moving/put-vector.sql");
pub(crate) const MOVING_PUT_WORDS: &str = include_str!("sql/moving/put-words.sql");
pub(crate) const MOVING_SPACE_OF: &str = include_str!("sql/moving/space-of.sql");
pub(crate) const MOVING_STAMP: &str = include_str!("sql/moving/stamp.sql");
