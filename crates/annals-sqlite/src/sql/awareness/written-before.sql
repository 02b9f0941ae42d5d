SELECT n, tags FROM entry INDEXED BY entry_source_created
WHERE space = ?1 AND source = ?2 AND deleted IS NULL AND (created, id) < (?3, ?4) AND created >= ?5
    AND (expires IS NULL OR expires > ?6)
ORDER BY created DESC, id DESC LIMIT 16
