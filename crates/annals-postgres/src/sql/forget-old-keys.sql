DELETE FROM idempotency WHERE (key, n) IN (SELECT key, n FROM idempotency WHERE written_at < $1 LIMIT 256)
