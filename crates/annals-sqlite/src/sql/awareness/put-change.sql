INSERT INTO entry_change (n, nth, at, changed) VALUES (?1, ?2, ?3, ?4)
