INSERT INTO entry_link (space, target, n) VALUES (?1, ?2, ?3)
