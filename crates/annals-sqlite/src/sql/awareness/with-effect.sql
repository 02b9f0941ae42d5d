FROM entry AS e INDEXED BY entry_effect
WHERE e.space = ?1 AND e.source = ?2 AND e.has_effect = 1 AND e.deleted IS NULL AND (e.expires IS NULL OR e.expires > ?3)
ORDER BY e.touched DESC, e.id DESC
