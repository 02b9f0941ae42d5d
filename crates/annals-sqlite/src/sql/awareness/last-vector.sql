SELECT coalesce(max(v), 0) FROM entry_vector WHERE space = ?1 AND model = ?2
