INSERT INTO open_operation (space, operation_id, seq, owner, session_id, recorded_at)
SELECT e.space, e.operation_id, e.seq, ?2, e.session_id, ?3 FROM event AS e WHERE e.seq = ?1 AND e.operation_id IS NOT NULL
