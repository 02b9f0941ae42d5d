SELECT 1 FROM entry_text WHERE entry_text MATCH ?1 AND rowid = ?2
