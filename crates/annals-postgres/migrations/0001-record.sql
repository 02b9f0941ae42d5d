-- The record: one row an event under the public column names, and what the writer must remember between two batches.
-- Ids and producers are 16 bytes, times are nanoseconds since 1970 UTC. Texts are compared byte by byte, whatever the database's own locale is.

CREATE TABLE event (
    seq BIGINT PRIMARY KEY,
    id BYTEA NOT NULL,
    event_type TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    occurred_at BIGINT,
    space TEXT COLLATE "C" NOT NULL,
    credential TEXT COLLATE "C",
    producer BYTEA NOT NULL,
    pseq BIGINT NOT NULL,
    phase TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C",
    duration_ms BIGINT,
    n_redacted BIGINT NOT NULL,
    operation_id TEXT COLLATE "C",
    user_identity TEXT COLLATE "C",
    on_behalf_of TEXT COLLATE "C",
    actor_name TEXT COLLATE "C",
    agent_version TEXT COLLATE "C",
    model TEXT COLLATE "C",
    client TEXT COLLATE "C",
    project_name TEXT COLLATE "C",
    plan_id TEXT COLLATE "C",
    root_plan_id TEXT COLLATE "C",
    session_id TEXT COLLATE "C",
    correlation_id TEXT COLLATE "C",
    parent_id TEXT COLLATE "C",
    traceparent TEXT COLLATE "C",
    tool TEXT COLLATE "C",
    resource TEXT COLLATE "C",
    policy TEXT COLLATE "C",
    decision TEXT COLLATE "C",
    approver TEXT COLLATE "C",
    host TEXT COLLATE "C",
    -- The `seq` of the event that emptied this row.
    erased_by BIGINT,
    -- 32 random bytes, without which the commitments to this row's groups cannot be guessed.
    salt BYTEA,
    details TEXT COLLATE "C",
    CONSTRAINT event_id UNIQUE (id)
);

-- Each ends with `seq`, so that an equality gives its rows in the log's order.
-- Only where values are many, since every index costs the writer; rows without the value cost nothing. An index takes no value of more than some 2 700 bytes, and a column takes 8 KiB: so
-- the beginnings of values are in them, and a search compares both.
CREATE INDEX event_event_type ON event (event_type, seq);
CREATE INDEX event_operation_id ON event (left(operation_id, 200), seq) WHERE operation_id IS NOT NULL;
CREATE INDEX event_actor_name ON event (left(actor_name, 200), seq) WHERE actor_name IS NOT NULL;
CREATE INDEX event_project_name ON event (left(project_name, 200), seq) WHERE project_name IS NOT NULL;
CREATE INDEX event_plan_id ON event (left(plan_id, 200), seq) WHERE plan_id IS NOT NULL;
CREATE INDEX event_session_id ON event (left(session_id, 200), seq) WHERE session_id IS NOT NULL;
CREATE INDEX event_correlation_id ON event (left(correlation_id, 200), seq) WHERE correlation_id IS NOT NULL;
CREATE INDEX event_tool ON event (left(tool, 200), seq) WHERE tool IS NOT NULL;

-- This log's own name; the one row is written when the database is first opened.
CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    log_id BYTEA NOT NULL,
    -- The producer of the events that come through no journal; its count stands in `producer` like any other.
    own_producer BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    -- How many events were there before there was a tree: none, unless the log was brought here from elsewhere.
    n_before_tree BIGINT NOT NULL,
    -- How often something was emptied since the tables were last written anew.
    n_to_scrub BIGINT NOT NULL DEFAULT 0
);

-- The write lock: whoever numbers events holds this row. `stamp` is drawn at random by each transaction that writes, so that a writer knows whether anybody came after it.
CREATE TABLE log_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    stamp BIGINT NOT NULL
);

-- The names this log had before it was rolled back or copied; the newest has the highest `n`.
CREATE TABLE log_history (
    n BIGINT PRIMARY KEY,
    log_id BYTEA NOT NULL,
    n_events BIGINT NOT NULL,
    replaced_at BIGINT NOT NULL
);

-- The marks, kept for ever: they make an append idempotent.
CREATE TABLE producer (
    producer BYTEA PRIMARY KEY,
    next_pseq BIGINT NOT NULL,
    n_shed BIGINT NOT NULL,
    -- Who first used this producer.
    credential TEXT COLLATE "C"
);

-- Events that the database refused for themselves, as they came. `gap_seq` is the event that declares the loss.
CREATE TABLE dead_letter (
    gap_seq BIGINT PRIMARY KEY,
    producer BYTEA NOT NULL,
    pseq BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    payload BYTEA NOT NULL
);

-- Operations whose intent is in the log and whose outcome is not yet. `owner` is the process that began it, if it keeps a journal or a presence file.
CREATE TABLE open_operation (
    -- SHA-256 of the space and the operation's id, which may be too long for an index.
    name BYTEA PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    owner BYTEA,
    -- The same of the space and the session's id.
    session BYTEA,
    recorded_at BIGINT NOT NULL
);

CREATE INDEX open_operation_owner ON open_operation (owner, seq);
CREATE INDEX open_operation_session ON open_operation (session, seq) WHERE owner IS NULL;

-- Sessions that began and have not ended, so that one that falls silent can be ended without a search through the log.
CREATE TABLE open_session (
    -- SHA-256 of the space and the session's id.
    name BYTEA PRIMARY KEY,
    -- The newest `session.created`.
    seq BIGINT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
