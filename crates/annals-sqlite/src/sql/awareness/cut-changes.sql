DELETE FROM entry_change WHERE n = ?1
