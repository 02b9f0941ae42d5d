-- These rows, each with whether this user is in it, whether it has details, and whether it has any content: one that was emptied of everything has neither salt nor keys.
SELECT
    seq, event_type, recorded_at, coalesce(user_identity = $2 OR on_behalf_of = $2, FALSE), details IS NOT NULL,
    salt IS NOT NULL
    OR EXISTS (
        SELECT 1 FROM commitment WHERE commitment.seq = event.seq AND (who_key IS NOT NULL OR context_key IS NOT NULL)
    ),
    id
FROM event
WHERE seq = ANY($1)
ORDER BY seq
