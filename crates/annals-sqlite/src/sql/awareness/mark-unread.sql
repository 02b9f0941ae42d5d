UPDATE entry SET unread = 1
WHERE space = ?1 AND id = ?2 AND NOT EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = ?1 AND r.entry = ?2)
