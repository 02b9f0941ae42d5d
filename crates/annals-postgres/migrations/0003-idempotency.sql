-- Writes that their callers named, and what was made of them, so that one that is sent again makes nothing new. They are forgotten after seven days.
CREATE TABLE idempotency (
    -- A digest of the name and of whose it is; the name stands nowhere.
    key BYTEA NOT NULL,
    -- Which of the write's events.
    n BIGINT NOT NULL,
    -- A digest of all of the write's events. NULL once one of them was erased, since it would tell what the event said to whoever can guess it.
    body BYTEA,
    id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (key, n)
);

CREATE INDEX idempotency_written_at ON idempotency (written_at);
CREATE INDEX idempotency_seq ON idempotency (seq);
