DELETE FROM entry_answer WHERE (space, key) IN (SELECT space, key FROM entry_answer WHERE written_at < $1 LIMIT 256)
