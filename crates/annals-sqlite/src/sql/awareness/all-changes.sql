SELECT at, changed FROM entry_change WHERE n = ?1 ORDER BY nth
