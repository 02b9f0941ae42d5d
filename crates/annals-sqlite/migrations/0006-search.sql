-- What a search needs beside the index of words.

-- What a source wrote right before and behind an entry, and under which tags.
CREATE INDEX entry_source_created ON entry (space, source, created, id, tags, expires) WHERE deleted IS NULL;

-- The words of an entry once more, as a search weighs them: see `bag.rs`.
CREATE TABLE entry_bag (
    n INTEGER PRIMARY KEY,
    bag BLOB NOT NULL
) STRICT;

-- The languages whose stems the words of a space's entries are, or were once. `*` says that nobody wrote it down.
CREATE TABLE entry_language (
    space TEXT NOT NULL,
    language TEXT NOT NULL,
    PRIMARY KEY (space, language)
) STRICT, WITHOUT ROWID;

INSERT INTO entry_language SELECT space, '*' FROM entry_space;

-- The models that made vectors.
CREATE TABLE embedding_model (
    model INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    -- 1 for the one whose vectors answer questions.
    serves INTEGER NOT NULL,
    UNIQUE (name, dimension)
) STRICT;

-- By which model each entry was embedded since it was last changed. Whatever stands at another model than the one in use waits for it.
CREATE TABLE entry_embedding (
    n INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    -- 0 for none.
    model INTEGER NOT NULL,
    -- 1 where that model would not take it.
    refused INTEGER NOT NULL,
    -- Another one after each change.
    generation INTEGER NOT NULL
) STRICT;

CREATE INDEX entry_embedding_model ON entry_embedding (model, n);
CREATE INDEX entry_embedding_space ON entry_embedding (space, model);
CREATE INDEX entry_embedding_refused ON entry_embedding (model, space) WHERE refused = 1;

INSERT INTO entry_embedding SELECT n, space, 0, 0, 1 FROM entry WHERE entry_type NOT IN ('status', 'suppression');

-- A vector for each passage of an entry.
CREATE TABLE entry_vector (
    -- Never used again, so that whoever has read up to one knows what is new.
    v INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The number of the entry's space.
    space INTEGER NOT NULL,
    model INTEGER NOT NULL,
    n INTEGER NOT NULL,
    nth INTEGER NOT NULL,
    -- The SHA-256 of the passage's text.
    digest BLOB NOT NULL,
    -- Numbers of 32 bits, little-endian.
    vector BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX entry_vector_passage ON entry_vector (n, model, nth);
CREATE INDEX entry_vector_space ON entry_vector (space, model, v);
CREATE INDEX entry_vector_model ON entry_vector (model);
