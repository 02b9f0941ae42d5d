-- An outcome may come before its intent, where the two travelled by different journals; then nothing is open.
INSERT INTO open_operation (space, operation_id, seq, owner, session_id, recorded_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE NOT EXISTS (SELECT 1 FROM event WHERE operation_id = ?2 AND phase = 'outcome' AND space = ?1)
ON CONFLICT DO NOTHING
