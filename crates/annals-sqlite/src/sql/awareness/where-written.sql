SELECT source, created, id, tags FROM entry
WHERE n = ?1 AND space = ?2 AND deleted IS NULL AND (expires IS NULL OR expires > ?3)
