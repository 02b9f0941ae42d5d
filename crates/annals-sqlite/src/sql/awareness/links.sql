SELECT target FROM entry_link WHERE n = ?1 AND space = ?2 ORDER BY target
