-- An id may be used again: an intent opens its operation, unless an outcome that was made no earlier is in the log already. Such an outcome is this intent's own, and has
-- overtaken it in another journal; one that was made earlier ended an operation of the same id before. An overtaking is a matter of moments, so only the newest events of
-- the id are looked at, and an id that is used for everything costs no more than another. A second intent of an operation that is open is the same operation.
INSERT INTO open_operation (space, operation_id, seq, owner, session_id, recorded_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE NOT EXISTS (
    SELECT 1
    FROM (SELECT space, phase, created_at FROM event WHERE operation_id = ?2 ORDER BY seq DESC LIMIT 100)
    WHERE space = ?1 AND phase = 'outcome' AND created_at >= ?7
)
ON CONFLICT DO NOTHING
