-- What agents know: entries, what they were before, the words they are found by, and who read them and acted on them as the log says.

CREATE TABLE entry (
    -- The row's own number, by which the tables below name it; never used again.
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL,
    id BLOB NOT NULL,
    entry_type TEXT NOT NULL,
    source TEXT NOT NULL,
    -- A JSON array, in the writer's order.
    tags TEXT NOT NULL,
    -- Times are nanoseconds since 1970.
    created INTEGER NOT NULL,
    updated INTEGER,
    expires INTEGER,
    -- When it was put into the trash.
    deleted INTEGER,
    logical_key TEXT,
    language TEXT,
    credential TEXT NOT NULL,
    -- A JSON object.
    data TEXT NOT NULL,
    -- How many rows of `entry_change` it has, and the digest over them.
    n_changes INTEGER NOT NULL,
    changes_digest BLOB NOT NULL,
    -- What follows from the columns above, for the indexes: see `Facets` in annals-store.
    name TEXT,
    state TEXT,
    due INTEGER,
    learned_from TEXT,
    schema TEXT,
    has_effect INTEGER NOT NULL,
    -- 1 until the log says that somebody read it.
    unread INTEGER NOT NULL,
    -- 1 while the tables of counts below count it.
    counted INTEGER NOT NULL,
    touched INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(updated, created)) VIRTUAL
) STRICT;

CREATE UNIQUE INDEX entry_id ON entry (space, id);
CREATE UNIQUE INDEX entry_logical_key ON entry (space, source, logical_key) WHERE deleted IS NULL AND logical_key IS NOT NULL;
CREATE UNIQUE INDEX entry_name ON entry (space, name, entry_type) WHERE deleted IS NULL AND name IS NOT NULL;
CREATE INDEX entry_touched ON entry (space, touched, id) WHERE deleted IS NULL;
CREATE INDEX entry_type_touched ON entry (space, entry_type, touched, id) WHERE deleted IS NULL;
CREATE INDEX entry_source_touched ON entry (space, source, entry_type, touched, id) WHERE deleted IS NULL;
CREATE INDEX entry_state_touched ON entry (space, entry_type, state, touched, id) WHERE deleted IS NULL AND state IS NOT NULL;
CREATE INDEX entry_created ON entry (space, created, id);
CREATE INDEX entry_deleted ON entry (space, deleted, id) WHERE deleted IS NOT NULL;
CREATE INDEX entry_due ON entry (space, due, id) WHERE deleted IS NULL AND due IS NOT NULL;
CREATE INDEX entry_expires ON entry (space, expires, id) WHERE deleted IS NULL AND expires IS NOT NULL;
CREATE INDEX entry_counted ON entry (space, expires) WHERE counted = 1 AND expires IS NOT NULL;
CREATE INDEX entry_schema ON entry (space, schema, created, id) WHERE deleted IS NULL AND schema IS NOT NULL;
CREATE INDEX entry_effect ON entry (space, source, touched, id) WHERE deleted IS NULL AND has_effect = 1;
CREATE INDEX entry_unread ON entry (space, created, id) WHERE deleted IS NULL AND unread = 1;

-- The tags of entries, each once an entry.
CREATE TABLE entry_tag (
    space TEXT NOT NULL,
    tag TEXT NOT NULL,
    touched INTEGER NOT NULL,
    id BLOB NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (space, tag, touched, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_tag_n ON entry_tag (n);

-- Which entries an entry names as related.
CREATE TABLE entry_link (
    space TEXT NOT NULL,
    target BLOB NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (space, target, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_link_n ON entry_link (n);

-- What an entry was before each of its changes, oldest first.
CREATE TABLE entry_change (
    n INTEGER NOT NULL,
    -- Which change, from 0.
    nth INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- A JSON object: the changed fields with what they held before.
    changed TEXT NOT NULL,
    PRIMARY KEY (n, nth)
) STRICT, WITHOUT ROWID;

-- How many live entries there are, so that counting them is no walk through them. One that expired is counted until something of its space is changed.
CREATE TABLE entry_count (
    space TEXT NOT NULL,
    source TEXT NOT NULL,
    entry_type TEXT NOT NULL,
    n_entries INTEGER NOT NULL,
    PRIMARY KEY (space, source, entry_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry_tag_count (
    space TEXT NOT NULL,
    tag TEXT NOT NULL,
    n_entries INTEGER NOT NULL,
    PRIMARY KEY (space, tag)
) STRICT, WITHOUT ROWID;

-- A number for each space that has entries.
CREATE TABLE entry_space (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL UNIQUE,
    -- Another one after each change of its entries.
    revision INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The words of an entry, stemmed by whoever knows its language and compared as they are. Each begins with the number of its space and `_`, so that no space weighs or finds another's words.
CREATE VIRTUAL TABLE entry_text USING fts5(title, body, labels, tokenize = "ascii tokenchars '_'");
INSERT INTO entry_text (entry_text, rank) VALUES ('secure-delete', 1);

-- Who read entries and acted on them: the log's events told by entry, in the transaction that appends them. Rows of an erased event go with it.
CREATE TABLE entry_usage (
    -- The event's `seq` times 1024, plus the entry's place in the event.
    id INTEGER PRIMARY KEY,
    -- 0 for a reading, 1 for an action.
    kind INTEGER NOT NULL,
    space TEXT NOT NULL,
    entry BLOB NOT NULL,
    at INTEGER NOT NULL,
    platform TEXT,
    tool TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT,
    -- A JSON array.
    tags TEXT NOT NULL
) STRICT;

CREATE INDEX entry_usage_entry ON entry_usage (space, entry, id);
CREATE INDEX entry_usage_kind ON entry_usage (space, kind, id);

-- How often an entry was read, which is the number of its readings above.
CREATE TABLE entry_readings (
    space TEXT NOT NULL,
    entry BLOB NOT NULL,
    n_reads INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (space, entry)
) STRICT, WITHOUT ROWID;

-- What calls that their callers named were answered, so that one that is sent again is made once.
CREATE TABLE entry_answer (
    space TEXT NOT NULL,
    -- A digest of the name and of whose it is.
    key BLOB NOT NULL,
    -- A digest of what was called.
    call BLOB NOT NULL,
    answer TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_answer_age ON entry_answer (written_at);
