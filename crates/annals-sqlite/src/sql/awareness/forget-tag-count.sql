DELETE FROM entry_tag_count WHERE space = ?1 AND tag = ?2 AND n_entries <= 0
