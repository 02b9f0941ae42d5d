SELECT min(e.due) FROM entry AS e INDEXED BY entry_due
WHERE e.space = ?1 AND e.deleted IS NULL AND e.due IS NOT NULL AND e.due > ?2
