INSERT INTO entry_answer (space, key, call, answer, written_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (space, key) DO UPDATE SET call = excluded.call, answer = excluded.answer, written_at = excluded.written_at
