SELECT min(e.expires) FROM entry AS e INDEXED BY entry_expires
WHERE e.space = ?1 AND e.deleted IS NULL AND e.expires IS NOT NULL AND e.expires > ?2
