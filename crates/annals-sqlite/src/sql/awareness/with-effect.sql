
FROM entry AS e INDEXED BY entry_effect
WHERE e.space = ?1 AND e.source IN (SELECT value FROM json_each(?2)) AND e.has_effect = 1 AND e.deleted IS NULL
    AND (e.expires IS NULL OR e.expires > ?3)
