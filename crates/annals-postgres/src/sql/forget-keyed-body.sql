UPDATE idempotency SET body = NULL WHERE key IN (SELECT key FROM idempotency WHERE seq = ANY($1))
