-- The record: one row an event under the public column names, and what the writer must remember between two batches.
-- Ids and producers are blobs of 16 bytes, times are nanoseconds since 1970 UTC.

CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    occurred_at INTEGER,
    space TEXT NOT NULL,
    credential TEXT,
    producer BLOB NOT NULL,
    pseq INTEGER NOT NULL,
    phase TEXT NOT NULL,
    outcome TEXT,
    duration_ms INTEGER,
    n_redacted INTEGER NOT NULL,
    operation_id TEXT,
    user_identity TEXT,
    on_behalf_of TEXT,
    actor_name TEXT,
    agent_version TEXT,
    model TEXT,
    client TEXT,
    project_name TEXT,
    plan_id TEXT,
    root_plan_id TEXT,
    session_id TEXT,
    correlation_id TEXT,
    parent_id TEXT,
    traceparent TEXT,
    tool TEXT,
    resource TEXT,
    policy TEXT,
    decision TEXT,
    approver TEXT,
    host TEXT,
    -- The `seq` of the event that emptied this row.
    erased_by INTEGER,
    -- 32 random bytes, without which the commitments to this row's groups cannot be guessed.
    salt BLOB,
    -- Last, so that a scan over the other columns need not read its overflow pages.
    details TEXT
) STRICT;

CREATE UNIQUE INDEX event_id ON event (id);

-- Each is followed by `seq` of itself, so that an equality gives its rows in the log's order.
-- Only where values are many, since every index costs the writer; rows without the value cost nothing.
CREATE INDEX event_event_type ON event (event_type);
CREATE INDEX event_operation_id ON event (operation_id) WHERE operation_id IS NOT NULL;
CREATE INDEX event_actor_name ON event (actor_name) WHERE actor_name IS NOT NULL;
CREATE INDEX event_project_name ON event (project_name) WHERE project_name IS NOT NULL;
CREATE INDEX event_plan_id ON event (plan_id) WHERE plan_id IS NOT NULL;
CREATE INDEX event_session_id ON event (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX event_correlation_id ON event (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX event_tool ON event (tool) WHERE tool IS NOT NULL;

-- This log's own name; the one row is written when the database is made.
CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    log_id BLOB NOT NULL,
    -- The producer of the events that come through no journal; its count stands in `producer` like any other.
    own_producer BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The names this log had before it was rolled back or copied; the newest has the highest `n`.
CREATE TABLE log_history (
    n INTEGER PRIMARY KEY,
    log_id BLOB NOT NULL,
    n_events INTEGER NOT NULL,
    replaced_at INTEGER NOT NULL
) STRICT;

-- The marks, kept for ever: they make an append idempotent.
CREATE TABLE producer (
    producer BLOB PRIMARY KEY,
    next_pseq INTEGER NOT NULL,
    n_shed INTEGER NOT NULL,
    -- Who first used this producer.
    credential TEXT
) STRICT, WITHOUT ROWID;

-- Events that the database refused for themselves, as they came. `gap_seq` is the event that declares the loss.
CREATE TABLE dead_letter (
    gap_seq INTEGER PRIMARY KEY,
    producer BLOB NOT NULL,
    pseq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;

-- Operations whose intent is in the log and whose outcome is not yet. `owner` is the process that began it, if it keeps a journal or a presence file.
CREATE TABLE open_operation (
    space TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    owner BLOB,
    session_id TEXT,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (space, operation_id)
) STRICT, WITHOUT ROWID;
