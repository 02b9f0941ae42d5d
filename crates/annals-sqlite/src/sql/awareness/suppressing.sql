
FROM entry AS e INDEXED BY entry_source_touched
WHERE e.space = ?1 AND e.source IN (SELECT value FROM json_each(?2)) AND e.entry_type = 'suppression' AND e.deleted IS NULL
    AND (e.expires IS NULL OR e.expires > ?3)
