SELECT n_entries FROM entry_tag_count WHERE space = ?1 AND tag = ?2
