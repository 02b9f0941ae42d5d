DELETE FROM entry_count WHERE space = ?1 AND source = ?2 AND entry_type = ?3 AND n_entries <= 0
