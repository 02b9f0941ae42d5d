FROM entry AS e WHERE e.space = ?1 AND e.name = ?2 AND e.entry_type = ?3 AND e.deleted IS NULL
