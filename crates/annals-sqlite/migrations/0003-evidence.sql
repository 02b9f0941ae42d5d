-- What makes the log provable: the tree under the rows, signed checkpoints of it, the keys that sign, and what is kept of a row whose content is gone.

-- 256 hashes of one level of the tree side by side, as C2SP's tlog-tiles says; those at the right edge are shorter and grow.
CREATE TABLE tile (
    level INTEGER NOT NULL,
    n INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, n)
) STRICT;

-- Signed notes. `log_id` is the name that the log had then.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    log_id BLOB NOT NULL,
    note TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    -- Why it is there: `hour`, `close` or `named`.
    kept TEXT NOT NULL
) STRICT;

-- The keys that were ever pinned; the one with the highest `n` is in force.
CREATE TABLE log_key (
    n INTEGER PRIMARY KEY,
    log_id BLOB NOT NULL,
    vkey TEXT NOT NULL,
    from_size INTEGER NOT NULL
) STRICT;

-- Which event emptied or deleted which row; kept for ever, also when the row itself is gone.
CREATE TABLE emptied (
    by_seq INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (by_seq, seq)
) STRICT, WITHOUT ROWID;

-- What is kept of an emptied row so that its leaf can still be computed: the commitments to its groups, and the keys of those groups that were left.
CREATE TABLE commitment (
    seq INTEGER PRIMARY KEY,
    who BLOB,
    context BLOB,
    details BLOB,
    who_key BLOB,
    context_key BLOB
) STRICT;

-- How many events were there before there was a tree. NULL while they are still being taken into it; 0 for a log that always had one.
ALTER TABLE log ADD COLUMN n_before_tree INTEGER;

-- How often something was emptied since the file was last built anew without any copy of it.
ALTER TABLE log ADD COLUMN n_to_scrub INTEGER NOT NULL DEFAULT 0;

-- Whoever inserts rows moves a mark in the same transaction. An older Annals that has had the database open since before this step would do so without leaves, and so is stopped there.
CREATE TRIGGER producer_inserted AFTER INSERT ON producer
WHEN (SELECT n_before_tree FROM log) IS NOT NULL
    AND (SELECT coalesce(max(seq), -1) + 1 FROM event)
        <> coalesce((SELECT 256 * n + length(hashes) / 32 FROM tile WHERE level = 0 ORDER BY n DESC LIMIT 1), 0)
BEGIN
    SELECT RAISE(ABORT, 'an Annals from before there was a tree is writing (hint: end that process and start it again)');
END;

CREATE TRIGGER producer_moved AFTER UPDATE OF next_pseq ON producer
WHEN (SELECT n_before_tree FROM log) IS NOT NULL
    AND (SELECT coalesce(max(seq), -1) + 1 FROM event)
        <> coalesce((SELECT 256 * n + length(hashes) / 32 FROM tile WHERE level = 0 ORDER BY n DESC LIMIT 1), 0)
BEGIN
    SELECT RAISE(ABORT, 'an Annals from before there was a tree is writing (hint: end that process and start it again)');
END;
