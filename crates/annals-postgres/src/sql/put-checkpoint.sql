INSERT INTO checkpoint (size, log_id, note, signed_at, kept) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (size) DO UPDATE SET log_id = excluded.log_id, note = excluded.note, signed_at = excluded.signed_at, kept = excluded.kept
