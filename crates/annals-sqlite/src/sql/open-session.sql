-- A session is open, unless an end that was made no earlier is in the log already and has overtaken its beginning in another journal; as for operations, only the newest
-- events are looked at. A session that begins again goes on under its newest beginning.
INSERT INTO open_session (space, session_id, seq, created_at, recorded_at)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE NOT EXISTS (
    SELECT 1
    FROM (SELECT space, event_type, phase, created_at FROM event WHERE session_id = ?2 ORDER BY seq DESC LIMIT 100)
    WHERE space = ?1 AND event_type = 'session.ended' AND phase <> 'intent' AND created_at >= ?4
)
ON CONFLICT (space, session_id) DO UPDATE SET
    seq = excluded.seq, created_at = excluded.created_at, recorded_at = excluded.recorded_at
