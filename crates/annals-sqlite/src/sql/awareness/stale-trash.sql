
FROM entry AS e INDEXED BY entry_deleted
WHERE e.space = ?1 AND e.deleted IS NOT NULL AND e.deleted < ?2
LIMIT ?3
