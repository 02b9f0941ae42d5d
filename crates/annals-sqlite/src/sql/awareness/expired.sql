SELECT n, source, entry_type, tags FROM entry INDEXED BY entry_counted
WHERE space = ?1 AND counted = 1 AND expires IS NOT NULL AND expires <= ?2
