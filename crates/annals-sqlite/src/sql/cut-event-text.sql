DELETE FROM event_text WHERE rowid >= ?1
