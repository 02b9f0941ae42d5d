INSERT INTO entry_count (space, source, entry_type, n_entries) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (space, source, entry_type) DO UPDATE SET n_entries = n_entries + excluded.n_entries
