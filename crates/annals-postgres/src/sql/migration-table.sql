CREATE TABLE migration (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    -- SHA-256 of the migration's text, in hex.
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)
