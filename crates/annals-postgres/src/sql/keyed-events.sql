-- What a named write made, as far as it is there: from its first event on.
SELECT n, body, id, seq FROM idempotency
WHERE key = $1 AND written_at >= $2
    AND EXISTS (SELECT 1 FROM event WHERE event.seq = idempotency.seq AND event.id = idempotency.id)
ORDER BY n
