UPDATE entry AS e SET unread = TRUE FROM unnest($1::TEXT[], $2::BYTEA[]) AS gone (space, entry)
WHERE e.space = gone.space AND e.id = gone.entry
    AND NOT EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = e.space AND r.entry = e.id)
