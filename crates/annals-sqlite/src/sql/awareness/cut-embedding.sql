DELETE FROM entry_embedding WHERE n = ?1
