CREATE TABLE migration (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    -- SHA-256 of the migration's text, in hex.
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT
