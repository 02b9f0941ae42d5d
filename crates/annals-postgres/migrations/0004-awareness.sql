-- What agents know: entries, what they were before, the words and vectors they are found by, and who read them and acted on them as the log says.
-- Every row names its space. Texts of any length are taken: an index has their beginnings, or where it has to tell two apart, their digests.

CREATE TABLE entry (
    -- The row's own number, by which the tables below name it; never used again. It is drawn under the write lock, so the newest row has the greatest.
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space TEXT COLLATE "C" NOT NULL,
    id BYTEA NOT NULL,
    entry_type TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    -- A JSON array, in the writer's order.
    tags TEXT COLLATE "C" NOT NULL,
    -- Times are nanoseconds since 1970.
    created BIGINT NOT NULL,
    updated BIGINT,
    expires BIGINT,
    -- When it was put into the trash.
    deleted BIGINT,
    logical_key TEXT COLLATE "C",
    language TEXT COLLATE "C",
    credential TEXT COLLATE "C" NOT NULL,
    -- A JSON object.
    data TEXT COLLATE "C" NOT NULL,
    -- How many rows of `entry_change` it has, and the digest over them.
    n_changes BIGINT NOT NULL,
    changes_digest BYTEA NOT NULL,
    -- What follows from the columns above, for the indexes: see `Facets` in annals-store.
    name TEXT COLLATE "C",
    state TEXT COLLATE "C",
    due BIGINT,
    learned_from TEXT COLLATE "C",
    schema TEXT COLLATE "C",
    has_effect BOOLEAN NOT NULL,
    -- SHA-256 of the source and the logical key, and of the type and the name, each pair with a zero byte between.
    key_digest BYTEA,
    name_digest BYTEA,
    -- Until the log says that somebody read it.
    unread BOOLEAN NOT NULL,
    -- While the tables of counts below count it.
    counted BOOLEAN NOT NULL,
    touched BIGINT NOT NULL GENERATED ALWAYS AS (coalesce(updated, created)) STORED
);

CREATE UNIQUE INDEX entry_id ON entry (space, id);
CREATE UNIQUE INDEX entry_logical_key ON entry (space, key_digest) WHERE deleted IS NULL AND key_digest IS NOT NULL;
CREATE UNIQUE INDEX entry_name ON entry (space, name_digest) WHERE deleted IS NULL AND name_digest IS NOT NULL;
CREATE INDEX entry_touched ON entry (space, touched, id) WHERE deleted IS NULL;
CREATE INDEX entry_type_touched ON entry (space, entry_type, touched, id) WHERE deleted IS NULL;
CREATE INDEX entry_source_touched ON entry (space, left(source, 200), entry_type, touched, id) WHERE deleted IS NULL;
CREATE INDEX entry_source_created ON entry (space, left(source, 200), created, id) WHERE deleted IS NULL;
CREATE INDEX entry_state_touched ON entry (space, entry_type, left(state, 200), touched, id) WHERE deleted IS NULL AND state IS NOT NULL;
CREATE INDEX entry_created ON entry (space, created, id);
CREATE INDEX entry_deleted ON entry (space, deleted, id) WHERE deleted IS NOT NULL;
CREATE INDEX entry_due ON entry (space, due, id) WHERE deleted IS NULL AND due IS NOT NULL;
CREATE INDEX entry_expires ON entry (space, expires, id) WHERE deleted IS NULL AND expires IS NOT NULL;
CREATE INDEX entry_counted ON entry (space, expires) WHERE counted AND expires IS NOT NULL;
CREATE INDEX entry_schema ON entry (space, left(schema, 200), created, id) WHERE deleted IS NULL AND schema IS NOT NULL;
CREATE INDEX entry_effect ON entry (space, left(source, 200)) WHERE deleted IS NULL AND has_effect;
CREATE INDEX entry_unread ON entry (space, created, id) WHERE deleted IS NULL AND unread;

-- The tags of entries, each once an entry.
CREATE TABLE entry_tag (
    n BIGINT NOT NULL,
    space TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL
);

CREATE INDEX entry_tag_tag ON entry_tag (space, left(tag, 200), n);
CREATE INDEX entry_tag_n ON entry_tag (n);

-- Which entries an entry names as related.
CREATE TABLE entry_link (
    space TEXT COLLATE "C" NOT NULL,
    target BYTEA NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (space, target, n)
);

CREATE INDEX entry_link_n ON entry_link (n);

-- What an entry was before each of its changes, oldest first.
CREATE TABLE entry_change (
    n BIGINT NOT NULL,
    space TEXT COLLATE "C" NOT NULL,
    -- Which change, from 0.
    nth BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- A JSON object: the changed fields with what they held before.
    changed TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (n, nth)
);

-- How many live entries there are, so that counting them is no walk through them. One that expired is counted until something of its space is changed.
CREATE TABLE entry_count (
    space TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_digest BYTEA NOT NULL,
    entry_type TEXT COLLATE "C" NOT NULL,
    n_entries BIGINT NOT NULL,
    PRIMARY KEY (space, source_digest, entry_type)
);

CREATE TABLE entry_tag_count (
    space TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    tag_digest BYTEA NOT NULL,
    n_entries BIGINT NOT NULL,
    PRIMARY KEY (space, tag_digest)
);

-- A number for each space that has entries.
CREATE TABLE entry_space (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space TEXT COLLATE "C" NOT NULL UNIQUE,
    -- Another one after each change of its entries.
    revision BIGINT NOT NULL
);

-- The words of an entry, stemmed by whoever knows its language and compared as they are.
CREATE TABLE entry_text (
    n BIGINT PRIMARY KEY,
    space TEXT COLLATE "C" NOT NULL,
    -- Each of the words below once, beginning with the number of its space and `_`, so that no space finds or weighs another's words.
    words TSVECTOR NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    labels TEXT COLLATE "C" NOT NULL,
    -- The words once more, as a search weighs them: see `backend::bag` in annals-store.
    bag BYTEA NOT NULL
);

-- Without a list of what is still to be taken in, which every search would have to walk.
CREATE INDEX entry_text_words ON entry_text USING gin (words) WITH (fastupdate = off);

-- The languages whose stems the words of a space's entries are, or were once.
CREATE TABLE entry_language (
    space TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (space, language)
);

-- Who read entries and acted on them: the log's events told by entry, in the transaction that appends them. Rows of an erased event go with it.
CREATE TABLE entry_usage (
    -- The event's `seq` times 1024, plus the entry's place in the event.
    id BIGINT PRIMARY KEY,
    -- 0 for a reading, 1 for an action.
    kind BIGINT NOT NULL,
    space TEXT COLLATE "C" NOT NULL,
    entry BYTEA NOT NULL,
    at BIGINT NOT NULL,
    platform TEXT COLLATE "C",
    tool TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C",
    -- A JSON array.
    tags TEXT COLLATE "C" NOT NULL
);

CREATE INDEX entry_usage_entry ON entry_usage (space, entry, id);
CREATE INDEX entry_usage_kind ON entry_usage (space, kind, id);

-- How often an entry was read, which is the number of its readings above.
CREATE TABLE entry_readings (
    space TEXT COLLATE "C" NOT NULL,
    entry BYTEA NOT NULL,
    n_reads BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (space, entry)
);

-- What calls that their callers named were answered, so that one that is sent again is made once.
CREATE TABLE entry_answer (
    space TEXT COLLATE "C" NOT NULL,
    -- A digest of the name and of whose it is.
    key BYTEA NOT NULL,
    -- A digest of what was called.
    call BYTEA NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (space, key)
);

CREATE INDEX entry_answer_age ON entry_answer (written_at);

-- The models that made vectors.
CREATE TABLE embedding_model (
    model BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    dimension BIGINT NOT NULL,
    -- The one whose vectors answer questions.
    serves BOOLEAN NOT NULL,
    UNIQUE (name, dimension)
);

-- By which model each entry was embedded since it was last changed. Whatever stands at another model than the one in use waits for it.
CREATE TABLE entry_embedding (
    n BIGINT PRIMARY KEY,
    space TEXT COLLATE "C" NOT NULL,
    -- 0 for none.
    model BIGINT NOT NULL,
    -- Whether that model would not take it.
    refused BOOLEAN NOT NULL,
    -- Another one after each change.
    generation BIGINT NOT NULL
);

CREATE INDEX entry_embedding_model ON entry_embedding (model, n);
CREATE INDEX entry_embedding_space ON entry_embedding (space, model);

-- A vector for each passage of an entry. Arrays, so that the tables are the same where pgvector is missing; it compares them where it is there, and each model gets an index of its own.
CREATE TABLE entry_vector (
    n BIGINT NOT NULL,
    model BIGINT NOT NULL,
    nth BIGINT NOT NULL,
    space TEXT COLLATE "C" NOT NULL,
    -- The SHA-256 of the passage's text.
    digest BYTEA NOT NULL,
    vector REAL[] NOT NULL,
    PRIMARY KEY (n, model, nth)
);

-- Vectors are not to be compressed.
ALTER TABLE entry_vector ALTER COLUMN vector SET STORAGE EXTERNAL;
-- By digest, so that the first few are a sample of all.
CREATE INDEX entry_vector_space ON entry_vector (space, model, digest);
CREATE INDEX entry_vector_model ON entry_vector (model);
