DELETE FROM entry_bag WHERE n = ?1
