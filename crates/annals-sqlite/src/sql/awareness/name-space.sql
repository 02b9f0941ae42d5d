INSERT INTO entry_space (space) VALUES (?1) RETURNING n
