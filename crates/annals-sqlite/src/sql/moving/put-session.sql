INSERT INTO open_session (space, session_id, seq, created_at, recorded_at)
SELECT e.space, e.session_id, e.seq, ?2, ?3 FROM event AS e WHERE e.seq = ?1 AND e.session_id IS NOT NULL
