INSERT INTO idempotency (key, n, body, id, seq, written_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (key, n) DO UPDATE SET body = excluded.body, id = excluded.id, seq = excluded.seq, written_at = excluded.written_at
