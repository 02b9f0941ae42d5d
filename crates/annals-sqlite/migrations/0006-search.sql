-- What a search needs beside the index of words.

-- Who wrote what right before and behind an entry.
CREATE INDEX entry_source_created ON entry (space, source, created, id) WHERE deleted IS NULL;

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
