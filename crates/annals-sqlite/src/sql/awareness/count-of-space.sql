SELECT coalesce(sum(n_entries), 0) FROM entry_count WHERE space = ?
