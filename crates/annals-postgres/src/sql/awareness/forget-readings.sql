DELETE FROM entry_readings AS r USING unnest($1::TEXT[], $2::BYTEA[]) AS gone (space, entry)
WHERE r.space = gone.space AND r.entry = gone.entry AND r.n_reads <= 0
