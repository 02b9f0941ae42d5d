INSERT INTO idempotency (key, n, body, id, seq, written_at)
SELECT $1, one.n, $3, one.id, one.seq, $6 FROM unnest($2::BIGINT[], $4::BYTEA[], $5::BIGINT[]) AS one (n, id, seq)
ON CONFLICT (key, n) DO UPDATE SET body = excluded.body, id = excluded.id, seq = excluded.seq, written_at = excluded.written_at
