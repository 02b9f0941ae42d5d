INSERT INTO entry_tag_count (space, tag, n_entries) VALUES (?1, ?2, ?3)
ON CONFLICT (space, tag) DO UPDATE SET n_entries = n_entries + excluded.n_entries
