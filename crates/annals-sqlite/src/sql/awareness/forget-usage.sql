DELETE FROM entry_usage WHERE id = ?1
