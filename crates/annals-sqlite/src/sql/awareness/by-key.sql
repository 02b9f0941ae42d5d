FROM entry AS e WHERE e.space = ?1 AND e.source = ?2 AND e.logical_key = ?3 AND e.deleted IS NULL
