-- A row that was emptied of everything has neither salt nor keys.
SELECT
    seq, event_type, recorded_at,
    salt IS NOT NULL
    OR EXISTS (
        SELECT 1 FROM commitment WHERE commitment.seq = event.seq AND (who_key IS NOT NULL OR context_key IS NOT NULL)
    )
FROM event
WHERE id = $1
