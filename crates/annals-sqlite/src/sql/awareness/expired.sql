SELECT source, entry_type, tags FROM entry INDEXED BY entry_expires
WHERE space = ?1 AND deleted IS NULL AND expires <= ?2
