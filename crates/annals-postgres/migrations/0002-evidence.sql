-- What makes the log provable: the tree under the rows, signed checkpoints of it, the keys that sign, and what is kept of a row whose content is gone.

-- 256 hashes of one level of the tree side by side, as C2SP's tlog-tiles says; those at the right edge are shorter and grow.
CREATE TABLE tile (
    level INTEGER NOT NULL,
    n BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, n)
);

-- Hashes are not to be compressed.
ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Signed notes. `log_id` is the name that the log had then.
CREATE TABLE checkpoint (
    size BIGINT PRIMARY KEY,
    log_id BYTEA NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    signed_at BIGINT NOT NULL,
    -- Why it is there: `hour`, `close` or `named`.
    kept TEXT COLLATE "C" NOT NULL
);

-- The keys that were ever pinned; the one with the highest `n` is in force.
CREATE TABLE log_key (
    n BIGINT PRIMARY KEY,
    log_id BYTEA NOT NULL,
    vkey TEXT COLLATE "C" NOT NULL,
    from_size BIGINT NOT NULL
);

-- Which event emptied or deleted which row; kept for ever, also when the row itself is gone.
CREATE TABLE emptied (
    by_seq BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (by_seq, seq)
);

-- What is kept of an emptied row so that its leaf can still be computed: the commitments to its groups, and the keys of those groups that were left.
CREATE TABLE commitment (
    seq BIGINT PRIMARY KEY,
    who BYTEA,
    context BYTEA,
    details BYTEA,
    who_key BYTEA,
    context_key BYTEA
);
