SELECT e.id FROM entry AS e
WHERE e.unread = EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = e.space AND r.entry = e.id)
