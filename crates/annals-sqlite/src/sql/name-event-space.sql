INSERT INTO event_space (space) VALUES (?1) RETURNING n
