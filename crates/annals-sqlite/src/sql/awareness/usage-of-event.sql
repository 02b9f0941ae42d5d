SELECT id, kind, space, entry FROM entry_usage WHERE id >= ?1 AND id <= ?2
