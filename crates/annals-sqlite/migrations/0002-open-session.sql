-- Sessions that began and have not ended, so that one that falls silent can be ended without a search through the log.
CREATE TABLE open_session (
    space TEXT NOT NULL,
    session_id TEXT NOT NULL,
    -- The newest `session.created`.
    seq INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (space, session_id)
) STRICT, WITHOUT ROWID;

-- Those of the log so far: of each session the newest beginning or end, where that is a beginning. With `max`, SQLite takes the other columns from the row that has it.
INSERT INTO open_session (space, session_id, seq, created_at, recorded_at)
SELECT space, session_id, seq, created_at, recorded_at
FROM (
    SELECT space, session_id, max(seq) AS seq, created_at, recorded_at, event_type
    FROM event
    WHERE event_type IN ('session.created', 'session.ended') AND phase <> 'intent' AND session_id IS NOT NULL
    GROUP BY space, session_id
)
WHERE event_type = 'session.created';
